import { h } from './dom.js';
import { createLogs } from './logs.js';
import { createMetrics } from './metrics.js';
import { createRequests } from './requests.js';
import { createHealth, createRoutes, createSettings } from './service.js';
import { createStore } from './store.js';

const VIEWS = {
  requests: ['Requests', createRequests],
  logs: ['Logs', createLogs],
  metrics: ['Metrics', createMetrics],
  health: ['Health', createHealth],
  settings: ['Settings', createSettings],
  routes: ['Routes', createRoutes],
};

const element = (id) => document.getElementById(id);
let view;
let service;

const store = createStore({
  async onUpdate(isRestart) {
    if (isRestart) await loadService();
    if (!view) show();
    view.update?.();
  },
  onConnection(state) {
    element('connection').textContent = state;
    element('connection').className = state.toLowerCase();
  },
});

async function loadService() {
  service = await (await fetch('/devtools/service')).json();
  element('name').textContent = service.name;
  element('version').textContent = `${service.version} · ${service.environment} · Node ${service.node}`;
}

const links = Object.entries(VIEWS).map(([name, [title]]) => h('a', { href: `#${name}` }, title));
element('views').append(...links);

/** The location's hash is `#view` or `#view/argument`. */
function show() {
  const [name, argument = ''] = location.hash.slice(1).split('/');
  const [title, create] = VIEWS[name] ?? VIEWS.requests;
  for (const link of links) {
    if (link.textContent === title) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  view?.close?.();
  view = create(store, { argument, service });
  document.title = `${title} · ${service.name}`;
  element('main').setAttribute('aria-label', title);
  element('main').replaceChildren(view.element);
  view.update?.();
}

addEventListener('hashchange', () => service && show());
element('pause').addEventListener('click', ({ target }) => {
  const paused = target.getAttribute('aria-pressed') !== 'true';
  target.setAttribute('aria-pressed', String(paused));
  store.pause(paused);
});
void store.run();
