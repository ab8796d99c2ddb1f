/** Prints the result of one run at a fixed rate. Its argument is the run's options as JSON. */
import { runFixedRate } from '../load/fixed-rate-client.ts';

console.log(JSON.stringify(await runFixedRate(JSON.parse(process.argv[2] ?? '{}'))));
