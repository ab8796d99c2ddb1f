import { getJson, h } from './dom.js';
import { createLogs } from './logs.js';
import { createMetrics } from './metrics.js';
import { createRequests } from './requests.js';
import { createStore } from './store.js';
import { createHealth, createPanel, createRoutes, createSettings } from './tables.js';

const VIEWS = {
  Requests: createRequests,
  Logs: createLogs,
  Metrics: createMetrics,
  Health: createHealth,
  Settings: createSettings,
  Routes: createRoutes,
};

const element = (id) => document.getElementById(id);
let views;
let view;
let service;

const store = createStore({
  async onUpdate(isNewProcess) {
    if (isNewProcess) await loadService();
    if (!view) show();
    await view.update();
  },
  onConnection(state) {
    element('connection').textContent = state;
    element('connection').className = state;
  },
});

async function loadService() {
  service = await getJson('/devtools/service');
  const panels = service.panels.map((title, index) => [title, () => createPanel(index)]);
  views = { ...VIEWS, ...Object.fromEntries(panels) };
  element('name').textContent = service.name;
  element('version').textContent = `${service.version} · ${service.environment} · Node ${service.node}`;
  const links = Object.keys(views).map((title) => h('a', { href: `#${title.toLowerCase()}` }, title));
  element('views').replaceChildren(...links);
  markLink();
}

/** The location's hash is `#view` or `#view/argument`. */
function titleOfView() {
  const [name] = location.hash.slice(1).split('/');
  return Object.keys(views).find((title) => title.toLowerCase() === name) ?? 'Requests';
}

function markLink() {
  for (const link of element('views').children) link.ariaCurrent = link.textContent === titleOfView() ? 'page' : null;
}

function show() {
  const title = titleOfView();
  view?.close?.();
  view = views[title](store, location.hash.split('/')[1]);
  markLink();
  document.title = `${title} · ${service.name}`;
  element('main').ariaLabel = title;
  element('main').replaceChildren(view.element);
  void view.update();
}

addEventListener('hashchange', () => view && show());
void store.run();
