import { must, type Step } from '../step.ts';
import { install } from './release.ts';

/** values-edge.yaml selects arm64 nodes; the test uses the architecture of the cluster. */
export const installEdge: Step = {
  name: 'values-edge.yaml becomes ready with a single pod',
  async run(cluster, report) {
    const [architecture] = (await cluster.list(['nodes'])).map(({ status }) => status?.nodeInfo?.architecture);
    must(architecture !== undefined, 'a node');
    const nodeSelector = { 'kubernetes.io/arch': architecture };
    await install({ files: ['values-edge.yaml'], values: { nodeSelector } }, 1).run(cluster, report);
  },
};
