import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Something that the project uses, if only for a part of what it does. */
export interface Finding {
  name: string;
  /** Nothing works without it. */
  required: boolean;
  /** Says what is there. Throws when it is not there or not fit. */
  look(): Promise<string>;
  /** What works without it, or for the required, what to do. */
  without: string;
}

export interface Examined {
  name: string;
  required: boolean;
  ok: boolean;
  found: string;
  without: string;
}

export async function examine({ name, required, look, without }: Finding): Promise<Examined> {
  try {
    return { name, required, without, ok: true, found: await look() };
  } catch (error) {
    return { name, required, without, ok: false, found: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'not found';
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : '';
  return (said || error.message).trim().split('\n')[0] ?? '';
}

const run = promisify(execFile);

/** The first line that a program prints. Throws when there is no such program, it fails, or it takes over 5 s. */
export async function firstLine(file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(file, args, { timeout: 5_000 });
  return stdout.trim().split('\n')[0] ?? '';
}
