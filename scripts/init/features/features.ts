import type { Feature } from '../feature.ts';
import { consul } from './consul.ts';
import { deploy } from './deploy.ts';
import { example } from './example.ts';

/** What `--without` can name. They are taken out in this order: an earlier one may edit what a later one removes. */
export const features: readonly Feature[] = [example, ...deploy, consul];
