import { parser } from '@grafana/lezer-logql';
import { expect, test } from 'vitest';
import { readDashboard, readDataSources, readText } from './sources.ts';

const dashboard = readDashboard();
const text = readText('dashboard.json');

test('the dashboard can be imported repeatedly (fixed uid, no id) and fits into a ConfigMap', () => {
  expect(dashboard.uid).toMatch(/^[a-z][a-z0-9-]{1,39}$/);
  expect(dashboard.id).toBeNull();
  expect(text.length).toBeLessThan(1_000_000);
});

test('its panels have unique ids and do not overlap', () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        expect(taken.get(`${x},${y}`), `${title} overlaps another panel`).toBeUndefined();
        taken.set(`${x},${y}`, title);
      }
    }
  }
});

test('every variable that it uses is defined by it or by Grafana, and every variable it defines is used', () => {
  const names = dashboard.templating.list.map(({ name }) => name);
  const used = new Set([...text.matchAll(/\$\{?([a-z]\w*)\}?/g)].map(([, name]) => name));
  expect([...used].toSorted()).toEqual(names.toSorted());
  expect(new Set([...text.matchAll(/\$__\w+/g)].map(([name]) => name))).toEqual(
    new Set(['$__rate_interval', '$__all']),
  );
});

test('every panel takes its data source from the variables', () => {
  const sources = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource));
  const variables = new Set(sources.map(({ type, uid }) => [type, uid.replaceAll(/[${}]/g, '')].join(' ')));
  expect(variables).toEqual(new Set(['prometheus datasource', 'loki logs']));
  expect(sources.every(({ uid }) => uid.startsWith('$'))).toBe(true);
});

test('every log query is valid LogQL', () => {
  const ofPanels = dashboard.panels.flatMap(({ targets = [] }) =>
    targets.filter(({ datasource }) => datasource.type === 'loki').map(({ expr }) => expr),
  );
  const ofLinks = readDataSources().flatMap(({ jsonData }) => jsonData.tracesToLogsV2?.query ?? []);
  expect([ofPanels.length, ofLinks.length]).toEqual([1, 1]);
  for (const query of [...ofPanels, ...ofLinks]) expect(errorsIn(query), query).toEqual([]);
  expect(errorsIn('{container="a" |= "b"')).not.toEqual([]);
});

function errorsIn(logql: string): number[] {
  const errors: number[] = [];
  parser.parse(logql).iterate({
    enter(node) {
      if (node.type.isError) errors.push(node.from);
    },
  });
  return errors;
}
