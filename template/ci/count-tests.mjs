// Prints the passed and failed tests of a vitest report; exits 1 when there is none, it is empty, or tests were skipped.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = report.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status !== 'passed' && status !== 'failed');
for (const { fullName, status } of skipped) console.error(`${status}: ${fullName}`);
console.log(`${report.numPassedTests} ${report.numFailedTests}`);
process.exitCode = skipped.length > 0 || report.numPassedTests === 0 ? 1 : 0;
