import { type Schema, settingsOf } from './schema.ts';

/** `http.trustProxy` → `APP_HTTP_TRUST_PROXY`. */
export function envName(prefix: string, key: string): string {
  const snake = key.replaceAll('.', '_').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `${prefix}_${snake.toUpperCase()}`;
}

/** The variable that names a file to read the secret from. */
export function envFileName(prefix: string, key: string): string {
  return `${envName(prefix, key)}_FILE`;
}

/** The variables that say where the files are. They are no settings: they are needed before any can be read. */
export function locatorNames(prefix: string): { readonly configDir: string; readonly configFile: string } {
  return { configDir: `${prefix}_CONFIG_DIR`, configFile: `${prefix}_CONFIG_FILE` };
}

/** Every variable there is under the prefix, each once per way of using it: a test holds them to be distinct. */
export function allEnvNames(schema: Schema, prefix: string): string[] {
  const names = Object.values(locatorNames(prefix));
  for (const [key, setting] of settingsOf(schema)) {
    names.push(envName(prefix, key));
    if (setting.secret === true) names.push(envFileName(prefix, key));
  }
  return names;
}

/**
 * Whether Kubernetes made this variable: it announces every Service of a namespace to every pod in it
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables), and those of a Service
 * called like the prefix, or `<prefix>-something`, look like ours.
 */
export function isServiceLink(prefix: string, name: string, value: string): boolean {
  const rest = name.slice(prefix.length + 1);
  if (!name.startsWith(`${prefix}_`)) return false;
  if (/^(\w+_)?SERVICE_(HOST|PORT(_\w+)?)$/.test(rest)) return true;
  if (/^(\w+_)?PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(rest)) return true;
  // By its name alone this could as well be a slip for one of ours, such as APP_HTPT_PORT; the value tells.
  return /^(\w+_)?PORT$/.test(rest) && /^(tcp|udp|sctp):\/\//.test(value);
}
