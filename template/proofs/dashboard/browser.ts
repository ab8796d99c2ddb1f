import { chromium } from 'playwright-core';
import { onPath } from '../../../test/support/on-path.ts';

/** Debian's Chromium. Undefined where it is not installed. */
export const CHROMIUM = onPath('chromium');

export function launchBrowser() {
  if (CHROMIUM === undefined) throw new Error('chromium is not installed');
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
