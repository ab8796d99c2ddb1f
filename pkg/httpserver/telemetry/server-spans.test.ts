import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { ProxyTracerProvider } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { createServerSpans } from './server-spans.ts';

test('a request whose span has no ids is not traced', () => {
  const untraced = new ProxyTracerProvider().getTracer('without a provider');
  expect(createServerSpans(untraced).start(new IncomingMessage(new Socket()))).toBeUndefined();
});
