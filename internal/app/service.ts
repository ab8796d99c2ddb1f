import { type CommandLineInput, main } from './command-line.ts';
import { domains } from './domains.ts';

/** Runs the service with its domains. A separate file, so that main.ts can import all of it after handling signals. */
export function runService(input: Omit<CommandLineInput, 'domains'>): Promise<number> {
  return main({ ...input, domains });
}
