import type { FastifyBaseLogger } from 'fastify';

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type ChildOptions = Parameters<FastifyBaseLogger['child']>[1];

/**
 * Creates a logger whose children are created on first use. Fastify requests one for every request, and most requests log
 * nothing themselves.
 */
export function createLazyLogger(logger: FastifyBaseLogger): FastifyBaseLogger {
  return new LazyLogger(() => logger);
}

/**
 * Removes Fastify's error serializer, which would replace the logger's own and write every property of an error.
 */
function withoutErrorSerializer(options: ChildOptions): ChildOptions {
  if (options?.serializers === undefined) return options;
  const { err: _, ...serializers } = options.serializers;
  return { ...options, serializers };
}

// A class, because its accessors are on the prototype: each request creates one object with two fields.
class LazyLogger implements FastifyBaseLogger {
  readonly #create: () => FastifyBaseLogger;
  #created: FastifyBaseLogger | undefined;

  constructor(create: () => FastifyBaseLogger) {
    this.#create = create;
  }

  get #logger(): FastifyBaseLogger {
    this.#created ??= this.#create();
    return this.#created;
  }

  child(bindings: Bindings, options?: ChildOptions): FastifyBaseLogger {
    return new LazyLogger(() => this.#logger.child(bindings, withoutErrorSerializer(options)));
  }

  get level() {
    return this.#logger.level;
  }
  set level(level) {
    this.#logger.level = level;
  }
  get fatal() {
    return this.#logger.fatal.bind(this.#logger);
  }
  get error() {
    return this.#logger.error.bind(this.#logger);
  }
  get warn() {
    return this.#logger.warn.bind(this.#logger);
  }
  get info() {
    return this.#logger.info.bind(this.#logger);
  }
  get debug() {
    return this.#logger.debug.bind(this.#logger);
  }
  get trace() {
    return this.#logger.trace.bind(this.#logger);
  }
  get silent() {
    return this.#logger.silent.bind(this.#logger);
  }
}
