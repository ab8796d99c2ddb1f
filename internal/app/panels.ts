import type { Panel } from '../../pkg/devtools/panel.ts';
import type { Configuration } from '../config/config.ts';
import { createConsulPanel } from '../consul/panel.ts';
import type { Offers } from './connections.ts';

/** What a panel can use. */
export interface PanelContext extends Offers {
  configuration: Configuration;
}

/** The views that integrations add to the development dashboard. Undefined for a disabled integration. */
const panels: Record<string, (context: PanelContext) => Panel | undefined> = {
  consul: createConsulPanel,
};

export function createPanels(context: PanelContext): Panel[] {
  return Object.values(panels).flatMap((createPanel) => createPanel(context) ?? []);
}
