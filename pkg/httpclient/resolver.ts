/** One instance of a service, as whoever lists them knows it. */
export interface Instance {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  /** `protocol` is `https` for one that speaks it. */
  readonly meta: Readonly<Record<string, string>>;
}

/** Knows where the instances of a service are. */
export interface Resolver {
  /** The healthy ones, the one to use first. */
  resolve(
    service: string,
    options: { tag?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<readonly Instance[]>;
}
