/** One instance of a service. */
export interface Instance {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** `protocol: 'https'` marks an instance that serves HTTPS. */
  readonly meta: Readonly<Record<string, string>>;
}

/** Finds the instances of a service. */
export interface Resolver {
  /** Returns the healthy instances, the preferred one first. */
  resolve(
    service: string,
    options: { tag?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<readonly Instance[]>;
}
