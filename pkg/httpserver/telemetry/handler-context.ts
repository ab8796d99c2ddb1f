import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';

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

/** The context of a handler: its parent's with a span. The API's own copies a map for each request. */
export class HandlerContext implements Context {
  readonly #parent: Context;
  readonly #span: Span;

  constructor(parent: Context, span: Span) {
    this.#parent = parent;
    this.#span = span;
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this.#span : this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return trace.setSpan(this.#parent, this.#span).setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return trace.setSpan(this.#parent, this.#span).deleteValue(key);
  }
}
