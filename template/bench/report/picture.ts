export interface Bar {
  label: string;
  /** Values relative to the reference, which is 1. One bar per series, with the spread of its turns. */
  values: readonly { value: number; min: number; max: number }[];
}

export interface PictureOptions {
  title: string;
  subtitle: string;
  /** Names of the series, in the same order as the values of each bar. */
  series: readonly string[];
}

const WIDTH = 840;
const LABEL_WIDTH = 290;
const VALUE_WIDTH = 60;
const TOP = 96;
const BAR_HEIGHT = 14;
const BAR_GAP = 3;
const GROUP_GAP = 16;
const COLOURS = ['#1f5fa8', '#8fb8de'];

/** Draws horizontal bars with whiskers as an SVG without scripts or font files, readable on light and dark pages. */
export function barPicture({ title, subtitle, series }: PictureOptions, bars: readonly Bar[]): string {
  const groupHeight = series.length * (BAR_HEIGHT + BAR_GAP) + GROUP_GAP;
  const bottom = TOP + bars.length * groupHeight;
  const height = bottom + 36;
  const largest = Math.max(1, ...bars.flatMap(({ values }) => values.map(({ max }) => max)));
  const scale = (value: number): number => LABEL_WIDTH + (value / largest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH);

  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (value) =>
      line(scale(value), TOP - 8, scale(value), bottom, value === 1 ? '#555' : '#ddd') +
      text(scale(value), bottom + 18, `${value}`, 'text-anchor="middle" fill="#555"'),
  );
  const legend = series.map(
    (name, index) =>
      rect(LABEL_WIDTH + index * 160, 62, 12, 12, COLOURS[index % COLOURS.length]) +
      text(LABEL_WIDTH + index * 160 + 18, 72, name, 'fill="#333"'),
  );
  const groups = bars.map(({ label, values }, group) => {
    const y = TOP + group * groupHeight;
    const middle = y + (series.length * (BAR_HEIGHT + BAR_GAP)) / 2 + 3;
    return (
      text(LABEL_WIDTH - 12, middle, label, 'text-anchor="end" fill="#111"') +
      values.map((entry, index) => bar(entry, index, y + index * (BAR_HEIGHT + BAR_GAP), scale)).join('')
    );
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    rect(0, 0, WIDTH, height, '#fff'),
    text(16, 28, title, 'font-size="17" font-weight="600" fill="#111"'),
    text(16, 48, subtitle, 'fill="#555"'),
    ...legend,
    ...grid,
    ...groups,
    '</svg>',
  ].join('\n')}\n`;
}

function bar(
  { value, min, max }: Bar['values'][number],
  index: number,
  y: number,
  scale: (value: number) => number,
): string {
  const middle = y + BAR_HEIGHT / 2;
  const tick = (at: number): string => line(scale(at), middle - 3, scale(at), middle + 3, '#333');
  return (
    rect(scale(0), y, scale(value) - scale(0), BAR_HEIGHT, COLOURS[index % COLOURS.length]) +
    line(scale(min), middle, scale(max), middle, '#333') +
    tick(min) +
    tick(max) +
    text(scale(Math.max(value, max)) + 6, middle + 4, value.toFixed(2), 'font-size="12" fill="#111"')
  );
}

function rect(x: number, y: number, width: number, height: number, fill = '#000'): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="${fill}"/>`;
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"/>`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
