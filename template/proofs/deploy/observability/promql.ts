import { parser } from '@prometheus-io/lezer-promql';

/** What an expression of PromQL asks for. */
export interface Parsed {
  /** Each selector as it is written, without a range: `up{job="x"}`. */
  selectors: { metric: string; text: string }[];
  /** Labels of `by`, `on`, `group_left` and the like. */
  groupingLabels: Set<string>;
}

/** With the grammar of Prometheus's own editor. @throws for what is no PromQL. */
export function parsePromql(expression: string): Parsed {
  const parsed: Parsed = { selectors: [], groupingLabels: new Set() };
  const textOf = ({ from, to }: { from: number; to: number }) => expression.slice(from, to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at character ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') {
        const identifier = node.node.getChild('Identifier');
        if (identifier === null) throw new Error(`a selector without a metric: ${textOf(node)}`);
        parsed.selectors.push({ metric: textOf(identifier), text: textOf(node) });
      }
      if (node.name === 'GroupingLabels') {
        for (const label of node.node.getChildren('LabelName')) parsed.groupingLabels.add(textOf(label));
      }
    },
  });
  return parsed;
}
