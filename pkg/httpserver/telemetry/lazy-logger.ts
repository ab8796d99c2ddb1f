import type { FastifyBaseLogger } from 'fastify';

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type ChildOptions = Parameters<FastifyBaseLogger['child']>[1];

/**
 * A logger whose children are made when they are first used. Fastify asks for one at every request, and most requests
 * log nothing by themselves.
 */
export function createLazyLogger(logger: FastifyBaseLogger): FastifyBaseLogger {
  return new LazyLogger(() => logger);
}

/**
 * Leaves out Fastify's serializer of errors, which would take the place of the logger's own and write everything that
 * hangs on an error.
 */
function withoutErrorSerializer(options: ChildOptions): ChildOptions {
  if (options?.serializers === undefined) return options;
  const { err: _, ...serializers } = options.serializers;
  return { ...options, serializers };
}

// A class, for its accessors stand on the prototype: what is made at each request is one object with two fields.
class LazyLogger implements FastifyBaseLogger {
  readonly #make: () => FastifyBaseLogger;
  #made: FastifyBaseLogger | undefined;

  constructor(make: () => FastifyBaseLogger) {
    this.#make = make;
  }

  get #logger(): FastifyBaseLogger {
    this.#made ??= this.#make();
    return this.#made;
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
