import { type CommandLineInput, main } from './command-line.ts';
import { domains } from './domains.ts';

/** Runs the service with its own domains. In a file of its own so that a program can import all of it late. */
export function runService(input: Omit<CommandLineInput, 'domains'>): Promise<number> {
  return main({ ...input, domains });
}
