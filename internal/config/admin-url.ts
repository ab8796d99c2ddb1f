import { merge } from '../../pkg/config/layer.ts';
import { type ConfigInput, readLayers } from './layers.ts';

/** How to reach a listener bound to all addresses from the same machine. IPv4 for `::` too: IPv6 may be unavailable. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '127.0.0.1' };

/**
 * Returns the base URL of the admin listener as seen from the same machine. Ignores invalid settings, because an
 * invalid change does not stop a running service either. Settings from a KV store or from the service's command line
 * are not visible here.
 */
export function adminUrl(input: ConfigInput): string {
  const found = merge(readLayers(input).layers);
  const settingOf = (key: string): unknown => found.get(key)?.value;
  const host = String(settingOf('admin.host'));
  const scheme = settingOf('admin.tls.certFile') === undefined ? 'http' : 'https';
  const address = LOOPBACK[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `${scheme}://${address}:${settingOf('admin.port')}`;
}
