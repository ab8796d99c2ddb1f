import { expect, test } from 'vitest';
import { normalizeRegistry, problemWithRegistry } from './registry.ts';

test.each([
  ['registry.test/checkout', 'registry.test/checkout'],
  ['registry.test', 'registry.test'],
  ['https://registry.test/checkout/', 'registry.test/checkout'],
  ['oci://registry.test:5000/a/b//', 'registry.test:5000/a/b'],
  ['HTTP://Registry.Test/Team_Checkout', 'registry.test/team_checkout'],
  [' ghcr.io/My-Org ', 'ghcr.io/my-org'],
  ['localhost:5000', 'localhost:5000'],
  ['localhost/checkout', 'localhost/checkout'],
  ['my-org', 'docker.io/my-org'],
  ['my-org/team', 'docker.io/my-org/team'],
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', '123456789012.dkr.ecr.eu-central-1.amazonaws.com'],
  ['europe-docker.pkg.dev/project/images', 'europe-docker.pkg.dev/project/images'],
  ['10.0.0.1:5000/a__b/c-d.e', '10.0.0.1:5000/a__b/c-d.e'],
])('images are pushed to %j as %s', (input, expected) => {
  expect(normalizeRegistry(input)).toBe(expected);
  expect(problemWithRegistry(expected)).toBeUndefined();
});

test.each([
  ['', 'expected a host and a path'],
  ['https://', 'expected a host and a path'],
  ['docker.io', 'docker.io needs an account'],
  ['https://ghcr.io/', 'ghcr.io needs an account'],
  ['registry.test:99999/a', '99999 is not a port'],
  ['registry.test:/a', ' is not a port'],
  ['registry.test/a:1.0', 'leave out the tag or digest: :1.0'],
  ['registry.test/a@sha256:12', 'leave out the tag or digest: @sha256:12'],
  ['https://user:secret@registry.test/a', 'leave out the user'],
  ['registry.test/a//b', 'empty component'],
  ['registry.test/-a', '-a cannot be'],
  ['registry.test/a?b', 'a?b cannot be'],
  ['registry..test/a', 'registry..test is not'],
  ['regístry.test/a', 'regístry.test is not'],
  ['registry.test/a b', 'a b cannot be'],
  [`registry.test/${'a'.repeat(220)}`, 'at most 214 characters'],
])('%j is rejected as a registry', (input, reason) => {
  expect(problemWithRegistry(normalizeRegistry(input))).toContain(reason);
});
