import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { promtool } from '../observability/prometheus.ts';

export interface QueryTest {
  readonly query: string;
  /** Value of each resulting series, with its labels. */
  readonly results: readonly { readonly labels: string; readonly value: number }[];
}

/** Evaluates queries ten minutes into these series with promtool. Rejects with its report if a result differs. */
export async function testQueries(
  series: Readonly<Record<string, string>>,
  tests: readonly QueryTest[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'queries-'));
  try {
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const cases = tests.map(({ query, results }) => ({ expr: query, eval_time: '10m', exp_samples: results }));
    const document = { tests: [{ interval: '30s', input_series: input, promql_expr_test: cases }] };
    writeFileSync(join(folder, 'test.yaml'), stringify(document));
    await promisify(execFile)(promtool ?? '', ['test', 'rules', 'test.yaml'], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
