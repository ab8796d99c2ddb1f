import { clock, h, muted } from './dom.js';
import UPlot from './uplot.js';

/** Each chart has a unit, and its series each a colour. A series is a field of the samples. */
const CHARTS = [
  ['Requests', '/s', { requests: '--blue', '5xx': '--red' }],
  ['Latency, last 10 s', 'ms', { p50: '--green', p95: '--amber', p99: '--red' }],
  ['Event loop', '%', { utilization: '--blue' }],
  ['Memory', 'MiB', { 'heap used': '--blue', resident: '--green' }],
];
const HEIGHT = 180;

/** Draws charts of what was sampled since the page was opened. */
export function createMetrics(store) {
  const grid = h('div', { className: 'charts' });
  let charts = [];
  let drawnFor;

  function close() {
    for (const { plot } of charts) plot.destroy();
    grid.replaceChildren();
  }

  function update() {
    if (store.samples.length < 2) return;
    const wanted = `${grid.clientWidth} ${colour('--text')}`;
    if (wanted !== drawnFor) {
      drawnFor = wanted;
      close();
      charts = CHARTS.map((chart) => createChart(grid, chart));
    }
    const times = store.samples.map(({ time }) => time);
    for (const { plot, legend, unit } of charts) {
      plot.setData([times, ...legend.map(([field]) => store.samples.map((sample) => sample[field]))]);
      for (const [field, text] of legend) {
        text.textContent = `${field} ${store.samples.at(-1)?.[field]?.toFixed(1) ?? '–'} ${unit}`;
      }
    }
  }

  const link = h('a', { href: '/metrics', target: '_blank' }, 'All metrics in Prometheus format');
  return { element: h('section', {}, grid, h('p', {}, muted('Since this page was opened. '), link)), update, close };
}

/** Resolves a colour variable of the current theme: a canvas cannot use variables. */
function colour(name) {
  const probe = document.body.appendChild(h('span'));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function createChart(grid, [title, unit, series]) {
  const colours = Object.values(series).map(colour);
  const legend = Object.keys(series).map((field, index) => {
    const text = h('span');
    text.style.color = colours[index];
    return [field, text];
  });
  const place = h('div', { ariaHidden: 'true' });
  grid.append(
    h(
      'figure',
      { className: 'card' },
      h('figcaption', {}, h('strong', {}, title), ...legend.map(([, text]) => text)),
      place,
    ),
  );
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  const options = {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [
      { ...axis, size: 30, space: 90, values: (_plot, ticks) => ticks.map((tick) => clock(tick * 1000)) },
      { ...axis, size: 48 },
    ],
    series: [{}, ...colours.map((stroke) => ({ stroke, width: 2, points: { show: false } }))],
  };
  return { plot: new UPlot(options, [[], ...colours.map(() => [])], place), legend, unit };
}
