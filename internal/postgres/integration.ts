import type { Postgres } from '../../pkg/postgres/postgres.ts';
import type { Integration } from '../app/integration.ts';

/** Connects to a PostgreSQL database. */
export const postgres: Integration<Postgres> = {
  async connect({ configuration, metrics, logging }) {
    if (!configuration.current.postgres.enabled) return undefined;
    // The driver is loaded only if it is enabled, because that takes a noticeable part of the start.
    const { connect } = await import('./connect.ts');
    return connect(configuration, { metrics, logging });
  },
};
