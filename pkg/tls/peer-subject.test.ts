import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTestAuthority } from '../../test/support/test-authority.ts';

test('Node separates the parts of a subject by line breaks', async () => {
  const { cert } = await (await createTestAuthority()).issue('O=example, CN=client');
  expect(new X509Certificate(cert).subject).toBe('O=example\nCN=client');
});
