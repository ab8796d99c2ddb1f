/** One mistake in the configuration, described for the person who has to fix it. */
export interface Problem {
  /** The setting's key, or the name of an unknown variable. Absent for a whole file: what it sets is then unknown. */
  readonly key?: string;
  /** Where the value was written: `config/production.yaml:12`, `env APP_HTTP_PORT`, `--set http.port`, `default`. */
  readonly origin: string;
  /** The value found, ready to display. Secrets are already masked. */
  readonly value?: string;
  /** Completes the sentence "expected …". */
  readonly expected: string;
}

/** Thrown for an invalid configuration. Carries every problem found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config_invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`invalid configuration, ${count}:\n${problems.map((problem) => `  ${sentence(problem)}`).join('\n')}`);
    this.problems = problems;
  }
}

export const MASK = '***';

/**
 * Formats a value for an error message. Strings are quoted, so that "8080" differs from 8080; long values are
 * truncated. Passwords in URLs are masked even though URL settings reject them: the value may be a mistake.
 */
export function displayValue(value: unknown, options: { secret: boolean }): string {
  if (options.secret) return `"${MASK}"`;
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  const text = json.replaceAll(/:\/\/[^/\s"]*@/g, `://${MASK}@`);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function sentence({ origin, key, expected, value }: Problem): string {
  // "--set http.port" already contains the key, and "env APP_X" the name of an unknown variable.
  const subject = key === undefined || origin.endsWith(` ${key}`) ? origin : `${origin}: ${key}`;
  return `${subject}: expected ${expected}${value === undefined ? '' : `, got ${value}`}`;
}
