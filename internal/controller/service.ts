import packageJson from '../../package.json' with { type: 'json' };
import { type CommandLineInput, main } from '../app/command-line.ts';
import { runController } from './app.ts';
import { controllers } from './controllers.ts';

/**
 * Runs the controllers of this service. A separate file, so that main.ts can handle signals before it imports all of this.
 */
export function runControllers(input: CommandLineInput): Promise<number> {
  return main(input, { name: `${packageJson.name}-controller`, run: (config) => runController(config, controllers) });
}
