import {
  type Attributes,
  type AttributeValue,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

export interface RequestSpanOptions {
  readonly spanContext: SpanContext;
  readonly parentSpanContext: SpanContext | undefined;
  /** Starts the span in the SDK, with the ids of `spanContext`. */
  startInSdk(startTime: HrTime): Span;
}

/** What all spans of requests have in common. */
export interface RequestSpanDependencies {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  /** Receives the ended span, unless the SDK's own took its place. */
  onEnd(span: ReadableSpan): void;
}

/** What the server knows of a request when it has ended. */
export interface RequestDescription {
  readonly name: string;
  /** Not checked. */
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
}

/** Describes and ends the span of a request. */
export function endRequestSpan(span: Span, description: RequestDescription): void {
  if (span instanceof RequestSpan && span.endUntouched(description)) return;
  span.setAttributes(description.attributes).updateName(description.name);
  if (description.isError) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

/**
 * A recorded SERVER span that takes a fraction of the CPU time of the SDK's, because it consists of little more than its
 * ids and the time until the request has ended. When a handler or a library describes it, the SDK's own span takes its
 * place, with the SDK's checks and limits.
 */
export class RequestSpan implements Span {
  readonly #options: RequestSpanOptions;
  readonly #dependencies: RequestSpanDependencies;
  readonly #startedAt = performance.now();
  readonly #startedMs = Date.now();
  #inSdk: Span | undefined;
  #ended = false;

  constructor(options: RequestSpanOptions, dependencies: RequestSpanDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  spanContext(): SpanContext {
    return this.#options.spanContext;
  }

  isRecording(): boolean {
    return this.#inSdk ? this.#inSdk.isRecording() : !this.#ended;
  }

  /** Ends the span and returns true, unless it is in the SDK. */
  endUntouched({ name, attributes, isError }: RequestDescription): boolean {
    if (this.#inSdk || this.#ended) return false;
    this.#ended = true;
    const { spanContext, parentSpanContext } = this.#options;
    const { resource, instrumentationScope, onEnd } = this.#dependencies;
    const elapsedNs = Math.round((performance.now() - this.#startedAt) * 1e6);
    onEnd({
      name,
      kind: SpanKind.SERVER,
      spanContext: () => spanContext,
      ...(parentSpanContext && { parentSpanContext }),
      startTime: this.#time(0),
      endTime: this.#time(elapsedNs / 1e6),
      duration: [Math.floor(elapsedNs / 1e9), elapsedNs % 1e9],
      ended: true,
      status: isError ? ERROR : UNSET,
      attributes,
      links: [],
      events: [],
      resource,
      instrumentationScope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    });
    return true;
  }

  setAttribute(key: string, value: AttributeValue): this {
    return this.#change((span) => span.setAttribute(key, value));
  }

  setAttributes(attributes: Attributes): this {
    return this.#change((span) => span.setAttributes(attributes));
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const hasTime = time !== undefined || isTime(attributesOrTime);
    return this.#change((span) => span.addEvent(name, attributesOrTime, hasTime ? time : this.#now()));
  }

  addLink(link: Link): this {
    return this.#change((span) => span.addLink(link));
  }

  addLinks(links: Link[]): this {
    return this.#change((span) => span.addLinks(links));
  }

  setStatus(status: SpanStatus): this {
    return this.#change((span) => span.setStatus(status));
  }

  updateName(name: string): this {
    return this.#change((span) => span.updateName(name));
  }

  recordException(exception: Exception, time?: TimeInput): void {
    this.#change((span) => span.recordException(exception, time ?? this.#now()));
  }

  end(time?: TimeInput): void {
    this.#change((span) => span.end(time ?? this.#now()));
  }

  /** Changes the SDK's span, which it starts first if necessary. Ignored when this span has ended. */
  #change(change: (span: Span) => unknown): this {
    if (this.#ended) return this;
    this.#inSdk ??= this.#options.startInSdk(this.#time(0));
    change(this.#inSdk);
    return this;
  }

  #now(): HrTime {
    return this.#time(performance.now() - this.#startedAt);
  }

  /** Returns the time so many milliseconds after the start. */
  #time(ms: number): HrTime {
    const fraction = (this.#startedMs % 1000) * 1e6 + Math.round(ms * 1e6);
    return [Math.floor(this.#startedMs / 1000) + Math.floor(fraction / 1e9), fraction % 1e9];
  }
}

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };
const ERROR: SpanStatus = { code: SpanStatusCode.ERROR };

function isTime(value: Attributes | TimeInput | undefined): boolean {
  return typeof value === 'number' || Array.isArray(value) || value instanceof Date;
}
