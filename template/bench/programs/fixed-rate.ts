/** Runs the fixed-rate client with the options in the first argument (JSON) and prints the result. */
import { runFixedRate } from '../load/fixed-rate-client.ts';

console.log(JSON.stringify(await runFixedRate(JSON.parse(process.argv[2] ?? '{}'))));
