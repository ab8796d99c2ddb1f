import type { Rule } from '../../pkg/config/resolve.ts';
import type { ConfigOf } from '../../pkg/config/typed-config.ts';
import type { schema } from './schema.ts';

export const consulRules: readonly Rule<ConfigOf<typeof schema>>[] = [
  {
    keys: ['consul.certFile', 'consul.keyFile'],
    expected: 'both of consul.certFile and consul.keyFile, or neither',
    holds: ({ consul }) => (consul.certFile === undefined) === (consul.keyFile === undefined),
  },
];
