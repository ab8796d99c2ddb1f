import { consul } from '../consul/integration.ts';
import { kubernetes } from '../kubernetes/integration.ts';
import { otlp } from '../otlp/integration.ts';
import { postgres } from '../postgres/integration.ts';

/**
 * The integrations of this service, in start order. A domain's context contains what each one offers, under its name
 * here.
 */
export const integrations = {
  consul,
  kubernetes,
  postgres,
  otlp,
};
