import { runApp } from './app.ts';
import { type CommandLineInput, main } from './command-line.ts';
import { domains } from './domains.ts';

/** Runs the service. A separate file, so that main.ts can handle signals before it imports all of this. */
export function runService(input: CommandLineInput, served = domains): Promise<number> {
  return main(input, { run: (config) => runApp(config, served) });
}
