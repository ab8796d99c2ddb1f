import { type Schema, settingsOf } from './schema.ts';

/** `http.trustProxy` → `APP_HTTP_TRUST_PROXY`. */
export function envName(prefix: string, key: string): string {
  const snake = key.replaceAll('.', '_').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2');
  return `${prefix}_${snake.toUpperCase()}`;
}

/** Returns the variable that holds the path of a file with the secret. */
export function envFileName(prefix: string, key: string): string {
  return `${envName(prefix, key)}_FILE`;
}

/** The variables that locate the configuration files. Needed before settings can be read, they are not settings. */
export function locatorNames(prefix: string): { readonly configDir: string; readonly configFile: string } {
  return { configDir: `${prefix}_CONFIG_DIR`, configFile: `${prefix}_CONFIG_FILE` };
}

/** Returns the variable names of all settings and locators. A test checks that no two of them are equal. */
export function allEnvNames(schema: Schema, prefix: string): string[] {
  const names = Object.values(locatorNames(prefix));
  for (const [key, setting] of settingsOf(schema)) {
    names.push(envName(prefix, key));
    if (setting.secret === true) names.push(envFileName(prefix, key));
  }
  return names;
}

/**
 * Reports whether Kubernetes injected this variable. It sets variables for every Service of a namespace in every pod
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables); for a Service named like
 * the prefix, or `<prefix>-something`, these look like settings.
 */
export function isServiceLink(prefix: string, name: string, value: string): boolean {
  const rest = name.slice(prefix.length + 1);
  if (!name.startsWith(`${prefix}_`)) return false;
  if (/^(\w+_)?SERVICE_(HOST|PORT(_\w+)?)$/.test(rest)) return true;
  if (/^(\w+_)?PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(rest)) return true;
  // The name alone is ambiguous: it could be a misspelt setting, such as APP_HTPT_PORT. The value decides.
  return /^(\w+_)?PORT$/.test(rest) && /^(tcp|udp|sctp):\/\//.test(value);
}
