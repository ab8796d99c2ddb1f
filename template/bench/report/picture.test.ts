import { expect, test } from 'vitest';
import { barPicture } from './picture.ts';

const options = { title: 'Capacity', subtitle: 'more is better', series: ['pipelined', 'plain'] };
const point = (value: number) => ({ value, min: value, max: value });

test('the length of a bar is proportional to its value', () => {
  const svg = barPicture(options, [
    { label: 'bare', values: [point(1), point(1)] },
    { label: 'half', values: [point(0.5), point(0.25)] },
  ]);
  const widths = [...svg.matchAll(/width="([\d.]+)" height="14"/g)].map(([, width]) => Number(width));
  expect(widths).toEqual([490, 490, 245, 122.5]);
  expect(svg).toContain('>0.25</text>');
});

test('labels are escaped', () => {
  const svg = barPicture(options, [{ label: 'a < b & c', values: [point(1), point(1)] }]);
  expect(svg).toContain('>a &lt; b &amp; c</text>');
});
