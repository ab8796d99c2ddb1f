// Prints the numbers of passed and failed tests in a JUnit report, and the names of failed and skipped tests to stderr.
// Exits with 1 if the report is missing or empty, or a test was skipped.
import { readFileSync } from 'node:fs';

const report = readFileSync(process.argv[2], 'utf8');
const cases = report.match(/<testcase [^>]*\/>|<testcase .*?<\/testcase>/gs) ?? [];
const skipped = cases.filter((one) => /<skipped\b/.test(one));
const failed = cases.filter((one) => /<(?:failure|error)\b/.test(one));
const nameOf = (one) => / name="([^"]*)"/.exec(one)?.[1];
for (const one of skipped) console.error(`skipped: ${nameOf(one)}`);
for (const one of failed) console.error(`failed: ${nameOf(one)}`);
const passed = cases.length - skipped.length - failed.length;
console.log(`${passed} ${failed.length}`);
process.exitCode = skipped.length > 0 || passed === 0 ? 1 : 0;
