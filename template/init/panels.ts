/** Removes the panels whose queries match from a Grafana dashboard. Grafana moves the others up. */
export function cutPanels(query: RegExp): (dashboard: Record<string, unknown>) => void {
  return (dashboard) => {
    const { panels } = dashboard;
    if (!Array.isArray(panels)) throw new Error('expected a dashboard with panels');
    const kept = panels.filter((panel) => !query.test(JSON.stringify(panel.targets ?? [])));
    if (kept.length === panels.length) throw new Error(`expected a panel that queries ${query}`);
    dashboard.panels = kept;
  };
}
