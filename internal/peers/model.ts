import { type Static, Type } from 'typebox';

/** What an instance says of itself. Another one may run another version of this program: more fields are let through. */
export const peerVersionSchema = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    revision: Type.String({ description: 'The commit it was built from.' }),
    node: Type.String({ description: 'Version of Node it runs on.' }),
  },
  { description: 'What it runs.' },
);

export const peerSchema = Type.Object(
  {
    id: Type.String({
      description: 'As registered; `self` for this instance when there is no Consul to ask for others.',
    }),
    url: Type.Optional(Type.String({ format: 'uri', description: 'Where it was asked.' })),
    version: Type.Optional(peerVersionSchema),
    error: Type.Optional(
      Type.Union(
        [
          Type.Literal('timeout', { description: 'It did not answer in time.' }),
          Type.Literal('unreachable', {
            description: 'It could not be connected to, or has failed too often of late.',
          }),
          Type.Literal('unexpected_answer', { description: 'It answered something else.' }),
        ],
        { description: 'Why its version is not known.' },
      ),
    ),
  },
  { $id: 'Peer', title: 'Peer', description: 'An instance of this service: with either `version` or `error`.' },
);

export const peersSchema = Type.Object(
  {
    items: Type.Array(Type.Unsafe<Peer>(Type.Ref('Peer#')), { description: 'By id.' }),
    complete: Type.Boolean({ description: 'Whether every instance has answered.' }),
  },
  { $id: 'Peers', title: 'Peers', description: 'Who runs what.' },
);

export type PeerVersion = Static<typeof peerVersionSchema>;
export type Peer = Static<typeof peerSchema>;
export type Peers = Static<typeof peersSchema>;
