import { type CommandLineInput, main } from './command-line.ts';
import { domains } from './domains.ts';

/**
 * Runs the service with its domains. A separate file, so that main.ts can handle signals before it imports all of this.
 */
export function runService(input: Omit<CommandLineInput, 'domains'>): Promise<number> {
  return main({ ...input, domains });
}
