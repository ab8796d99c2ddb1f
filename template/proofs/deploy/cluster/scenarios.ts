import type { Cluster } from './cluster.ts';
import type { Step } from './step.ts';
import { FIXED, failedSwitchOff, scaledByHand, switchOff, switchOn } from './steps/autoscaler-switch.ts';
import { CONTROLLER, converges, deleteCrd, leaderDeleted, uninstallController } from './steps/controller.ts';
import { blocked, killed } from './steps/crash.ts';
import { drain, eviction } from './steps/disruption.ts';
import { installEdge } from './steps/edge.ts';
import { KEPT, keptConnections } from './steps/kept-connections.ts';
import { deleteDefinedKinds } from './steps/kinds.ts';
import { overlay } from './steps/kustomize.ts';
import { metrics } from './steps/metrics.ts';
import { neighboursArrive, neighboursLeave } from './steps/neighbours.ts';
import { networkPolicy } from './steps/network-policy.ts';
import { installForNodeLoss, nodeLoss } from './steps/node-loss.ts';
import { drainWithHook, installWithOptions, optionsApply } from './steps/options.ts';
import { postgresSteps } from './steps/postgres.ts';
import { productionSteps } from './steps/production.ts';
import { helmTest, install, uninstall } from './steps/release.ts';
import { configChange, deletion, failedUpgrade, liveConfigChange, upgrade } from './steps/rollout.ts';
import { scaling } from './steps/scaling.ts';
import { tlsSteps } from './steps/tls.ts';

/** Steps that share a namespace and a release. If the first one fails, the others are skipped. */
export interface Scenario {
  /** Suffix of the names of its namespace and release. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** Deletes objects that the steps leave outside the scenario's namespaces. */
  readonly cleanUp?: (cluster: Cluster) => Promise<void>;
}

export interface SuiteOptions {
  readonly long: boolean;
  readonly consulImage: string | undefined;
  readonly postgresImage: string | undefined;
  /** Command that disconnects and reconnects a node: `<command> cut|heal <node>`. */
  readonly nodeNetwork: string | undefined;
}

/** The lanes run concurrently, the scenarios of a lane one after another. */
export interface Suite {
  readonly lanes: readonly (readonly Scenario[])[];
  /** Scenarios that load or disconnect nodes. They run one at a time, after the lanes. */
  readonly alone: readonly Scenario[];
}

export async function createSuite(options: SuiteOptions): Promise<Suite> {
  const only = (steps: readonly Step[]): readonly Step[] => (options.long ? steps : []);
  const release: Scenario = {
    name: 'release',
    steps: [
      ...[install(), helmTest, metrics, networkPolicy, upgrade, configChange, failedUpgrade],
      ...only([liveConfigChange]),
      ...[deletion, uninstall],
    ],
  };
  const disruption: Scenario = {
    name: 'disruption',
    steps: [install(), neighboursArrive, killed, blocked, eviction, drain, neighboursLeave, uninstall],
  };
  const postgres = postgresSteps(options.postgresImage);
  const production = productionSteps(options.consulImage);
  return {
    lanes: [
      [release, { name: 'postgres', steps: [...postgres, helmTest, uninstall] }],
      [
        { name: 'tls', steps: [...(await tlsSteps()), helmTest, uninstall] },
        { name: 'options', steps: [installWithOptions, optionsApply, drainWithHook, uninstall] },
        { name: 'edge', steps: [installEdge, helmTest, upgrade, uninstall] },
        {
          name: 'controller',
          steps: [install({ values: CONTROLLER }), converges, helmTest, leaderDeleted, uninstallController],
          cleanUp: deleteCrd,
        },
        { name: 'kustomize', steps: [overlay('development'), overlay('staging'), ...only([overlay('production')])] },
      ],
      [
        disruption,
        {
          name: 'autoscaler',
          steps: [
            ...[install({ values: FIXED }, FIXED.replicaCount), switchOn, switchOff, scaledByHand],
            ...[failedSwitchOff, uninstall],
          ],
        },
        { name: 'production', steps: production, cleanUp: deleteDefinedKinds },
      ],
    ],
    alone: [
      { name: 'scaling', steps: [install({ values: { autoscaling: { maxReplicas: 10 } } }), scaling, uninstall] },
      { name: 'kept-connections', steps: only([install({ values: KEPT }), keptConnections, uninstall]) },
      { name: 'node-loss', steps: [installForNodeLoss, nodeLoss(options.nodeNetwork), uninstall] },
    ],
  };
}
