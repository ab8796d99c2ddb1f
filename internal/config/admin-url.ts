import { merge } from '../../pkg/config/merge.ts';
import { type ConfigInput, readLayers } from './layers.ts';

/** Where a listener that is bound to all addresses is found from the same machine; `::` may be without IPv6. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '127.0.0.1' };

/**
 * Base URL of the admin listener, as a neighbour of the service on the same machine sees it. Of the configuration only
 * these settings are looked at: a mistake elsewhere, made after the service has started, does not stop the service
 * either. What comes from a KV store or from the service's command line is not seen.
 */
export function adminUrl(input: ConfigInput): string {
  const found = merge(readLayers(input).layers);
  const settingOf = (key: string): unknown => found.get(key)?.value;
  const host = String(settingOf('admin.host'));
  const scheme = settingOf('admin.tls.certFile') === undefined ? 'http' : 'https';
  const address = LOOPBACK[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `${scheme}://${address}:${settingOf('admin.port')}`;
}
