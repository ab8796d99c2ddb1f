import { parser } from '@prometheus-io/lezer-promql';

/** The selectors and grouping labels of a PromQL expression. */
export interface Parsed {
  /** Each selector as written, without its range: `up{job="x"}`. */
  selectors: { metric: string; text: string }[];
  /** Labels of `by`, `on`, `group_left` and the like. */
  groupingLabels: Set<string>;
}

/** Parses PromQL with the grammar of Prometheus's own editor. @throws Error if the expression is invalid. */
export function parsePromql(expression: string): Parsed {
  const parsed: Parsed = { selectors: [], groupingLabels: new Set() };
  const textOf = ({ from, to }: { from: number; to: number }) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`invalid PromQL at character ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') {
        const identifier = node.node.getChild('Identifier');
        if (identifier === null) throw new Error(`selector without a metric name: ${textOf(node)}`);
        parsed.selectors.push({ metric: textOf(identifier), text: textOf(node) });
      }
      if (node.name === 'GroupingLabels') {
        for (const label of node.node.getChildren('LabelName')) parsed.groupingLabels.add(textOf(label));
      }
    },
  });
  return parsed;
}
