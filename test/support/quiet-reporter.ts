import { DefaultReporter, type TestModule } from 'vitest/node';

/** Matches the name of a suite or test that gives the reason for being skipped. */
const REASON = /\[skipped: (?<reason>.+)\]/;

/** Prints progress on a terminal, then only failures, the totals, and why tests were skipped. */
export class QuietReporter extends DefaultReporter {
  override onTestRunEnd(...args: Parameters<DefaultReporter['onTestRunEnd']>): void {
    super.onTestRunEnd(...args);
    const tests = args[0].flatMap(({ children }) => [...children.allTests('skipped')]);
    const reasons = Map.groupBy(tests, ({ fullName }) => REASON.exec(fullName)?.groups?.reason ?? 'no reason given');
    for (const [reason, { length }] of reasons) this.log(`Skipped ${length} tests: ${reason}`);
  }

  protected override printTestModule(module: TestModule): void {
    if (module.state() === 'failed') super.printTestModule(module);
  }
}
