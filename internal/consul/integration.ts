import type { Integration } from '../app/integration.ts';
import type { Consul } from './connect.ts';

/** Reads settings from Consul's KV store, finds other services by name, and registers this instance. */
export const consul: Integration<Consul> = {
  settings: "Consul's KV store, if `consul.enabled` is true: `<consul.config.prefix>/http/port`",
  async configure(configuration) {
    if (!configuration.current.consul.enabled) return;
    const { offerSettings } = await import('./settings.ts');
    await offerSettings(configuration);
  },
  async connect(context) {
    if (!context.configuration.current.consul.enabled) return undefined;
    const { connect } = await import('./connect.ts');
    return connect(context);
  },
};
