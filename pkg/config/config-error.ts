/** One thing that is wrong with the configuration, in words for whoever has to put it right. */
export interface Problem {
  /** The setting's key; absent when a whole file or an unknown variable is at fault. */
  readonly key?: string;
  /** Where the value was written: `config/production.yaml:12`, `env APP_HTTP_PORT`, `--set http.port`, `default`. */
  readonly origin: string;
  /** What was found, as text ready to be shown: a secret arrives here masked. */
  readonly value?: string;
  /** Completes the sentence "expected …". */
  readonly expected: string;
}

/** The configuration cannot be used. Carries every problem that was found, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'config_invalid';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`the configuration is invalid, ${count}:\n${problems.map((problem) => `  ${sentence(problem)}`).join('\n')}`);
    this.problems = problems;
  }
}

export const MASK = '***';

/**
 * A value as an error shows it: quoted when it is text, so that "8080" and 8080 can be told apart, cut when long, and
 * without the password of a URL, which is no less one for standing where it should not.
 */
export function shown(value: unknown, options: { secret: boolean }): string {
  if (options.secret) return `"${MASK}"`;
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  const text = json.replaceAll(/:\/\/[^/\s"]*@/g, `://${MASK}@`);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function sentence({ origin, key, expected, value }: Problem): string {
  // "--set http.port" names the key already.
  const subject = key === undefined || origin === `--set ${key}` ? origin : `${origin}: ${key}`;
  return `${subject}: expected ${expected}${value === undefined ? '' : `, got ${value}`}`;
}
