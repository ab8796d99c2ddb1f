import { type Context, context, ROOT_CONTEXT, type Span, type SpanContext, trace } from '@opentelemetry/api';
import type { ServerSpan } from '../exchange/exchange.ts';

/** Returns the key under which the API keeps the span of a context. The API does not export it. */
function findSpanKey(): symbol | undefined {
  let found: symbol | undefined;
  const observed = Object.create(ROOT_CONTEXT, {
    getValue: {
      value(key: symbol) {
        found = key;
      },
    },
  });
  trace.getSpan(observed);
  return found;
}

const SPAN_KEY = findSpanKey();

/**
 * The context of a handler, which is its parent's with a span, and that span. The API's own context copies a map for each
 * request.
 */
export class HandlerContext implements Context, ServerSpan {
  readonly span: Span;
  readonly spanContext: SpanContext;
  readonly #parent: Context;

  constructor(parent: Context, span: Span) {
    this.span = span;
    this.spanContext = span.spanContext();
    this.#parent = parent;
  }

  run(body: () => void): void {
    context.with(this, body);
  }

  enter(): void {
    context.attach(this);
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.span : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return trace.setSpan(this.#parent, this.span).setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return trace.setSpan(this.#parent, this.span).deleteValue(key);
  }
}
