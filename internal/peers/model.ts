import { type Static, Type } from 'typebox';

/** The version that an instance reports. Additional fields are accepted: another instance may run a newer build. */
export const peerVersionSchema = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    revision: Type.String({ description: 'Commit that the instance was built from.' }),
    node: Type.String({ description: 'Node version.' }),
  },
  { description: 'Version that the instance runs.' },
);

export const peerSchema = Type.Object(
  {
    id: Type.String({
      description: 'Id of the registration in Consul; `self` if Consul is disabled.',
    }),
    url: Type.Optional(Type.String({ format: 'uri', description: 'Base URL where the instance was queried.' })),
    version: Type.Optional(peerVersionSchema),
    error: Type.Optional(
      Type.Union(
        [
          Type.Literal('timeout', { description: 'The instance did not respond in time.' }),
          Type.Literal('unreachable', {
            description: 'The connection failed, or recent requests failed too often.',
          }),
          Type.Literal('unexpected_answer', { description: 'The response was not a version.' }),
        ],
        { description: 'Why the version is unknown.' },
      ),
    ),
  },
  { $id: 'Peer', title: 'Peer', description: 'An instance of this service, with either `version` or `error`.' },
);

export const peersSchema = Type.Object(
  {
    items: Type.Array(Type.Unsafe<Peer>(Type.Ref('Peer#')), { description: 'Instances, ordered by id.' }),
    complete: Type.Boolean({ description: 'Whether every instance returned its version.' }),
  },
  { $id: 'Peers', title: 'Peers', description: 'The instances of this service and the version that each runs.' },
);

export type PeerVersion = Static<typeof peerVersionSchema>;
export type Peer = Static<typeof peerSchema>;
export type Peers = Static<typeof peersSchema>;
