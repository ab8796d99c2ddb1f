import { clock, h } from './dom.js';
import UPlot from './uplot.js';

/** Every series is `[sample field, label, colour variable]`. */
const CHARTS = [
  [
    'Requests and server errors',
    '/s',
    [
      ['rate', 'Requests', '--blue'],
      ['errors', '5xx', '--red'],
    ],
  ],
  [
    'Latency, last 10 s',
    'ms',
    [
      ['p50', 'p50', '--green'],
      ['p95', 'p95', '--amber'],
      ['p99', 'p99', '--red'],
    ],
  ],
  ['Event loop utilization', '%', [['loop', 'Busy', '--blue']]],
  [
    'Memory',
    'MiB',
    [
      ['heap', 'Heap used', '--blue'],
      ['resident', 'Resident', '--green'],
    ],
  ],
];
const HEIGHT = 180;

/** Draws charts of what was sampled since the page was opened. */
export function createMetrics(store) {
  const grid = h('div', { className: 'charts' });
  const theme = matchMedia('(prefers-color-scheme: dark)');
  let charts = [];
  const resize = new ResizeObserver(() => {
    for (const { plot, place } of charts) plot.setSize({ width: place.clientWidth, height: HEIGHT });
  });

  function draw() {
    for (const { plot } of charts) plot.destroy();
    grid.replaceChildren();
    charts = CHARTS.map((chart) => createChart(grid, chart));
    update();
  }

  function update() {
    if (charts.length === 0) return draw();
    const times = store.samples.map(({ time }) => time);
    for (const { plot, fields, latest, unit } of charts) {
      plot.setData([times, ...fields.map((field) => store.samples.map((sample) => sample[field]))]);
      const values = fields.map((field) => store.samples.at(-1)?.[field]);
      latest.textContent = values.map((value) => `${value?.toFixed(1) ?? '–'} ${unit}`).join(' · ');
    }
  }

  theme.addEventListener('change', draw);
  resize.observe(grid);
  const note = h('p', { className: 'muted' }, 'Since this page was opened. ', metricsLink());
  return {
    element: h('section', {}, grid, note),
    update,
    close() {
      theme.removeEventListener('change', draw);
      resize.disconnect();
      for (const { plot } of charts) plot.destroy();
    },
  };
}

const metricsLink = () => h('a', { href: '/metrics', target: '_blank' }, 'All metrics in Prometheus format');

/** Resolves a colour variable of the current theme: a canvas cannot use variables. */
function colour(name) {
  const probe = document.body.appendChild(h('span'));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function createChart(grid, [title, unit, series]) {
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  const latest = h('span', { className: 'muted' });
  const place = h('div', { attrs: { 'aria-hidden': 'true' } });
  const legend = series.map(([, label, name]) => {
    const dot = h('span', { className: 'dot' });
    dot.style.background = colour(name);
    return h('span', {}, dot, label);
  });
  grid.append(h('figure', {}, h('figcaption', {}, h('h2', {}, title), ...legend, latest), place));
  const plot = new UPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
      axes: [
        { ...axis, space: 90, values: (_plot, ticks) => ticks.map((tick) => clock(tick * 1000)) },
        { ...axis, size: 48 },
      ],
      series: [{}, ...series.map(([, , name]) => ({ stroke: colour(name), width: 2, points: { show: false } }))],
    },
    [[], ...series.map(() => [])],
    place,
  );
  return { plot, place, latest, unit, fields: series.map(([field]) => field) };
}
