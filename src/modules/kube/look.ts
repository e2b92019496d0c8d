import Type, { type Static } from 'typebox';

const Node = Type.Object({
  name: Type.String(),
  ready: Type.String({ description: 'True, False or Unknown; empty: nobody has said.' }),
  renewed: Type.String({ description: 'When it reported last; empty: never.' }),
});

const PendingRequest = Type.Object({
  name: Type.String(),
  signer: Type.String(),
  requestor: Type.String(),
});

/** What one control-plane host sees of what came back. Names and numbers; nothing that an object holds. */
export const KubeLook = Type.Object({
  host: Type.String(),
  server: Type.String({ description: 'Where the API server was asked.' }),
  at: Type.String({ description: 'The host’s time when it looked, as the API writes it.' }),
  unanswered: Type.Array(Type.Object({ what: Type.String(), why: Type.String() }), {
    description: 'What could not be asked for, and why.',
  }),
  secrets: Type.Union([Type.Integer(), Type.Null()], {
    description: 'How many Secrets this API server can read: all of them, one by one.',
  }),
  phantoms: Type.Union([Type.Array(Type.String()), Type.Null()], {
    description: 'Pods that run here and that the API does not know; null: not looked for.',
  }),
  survey: Type.Union(
    [
      Type.Object({
        counts: Type.Record(Type.String(), Type.Integer()),
        nodes: Type.Array(Node),
        pending: Type.Array(PendingRequest, {
          description: 'Signing requests that nobody has decided.',
        }),
      }),
      Type.Null(),
    ],
    { description: 'What is the same whoever looks; null where it was not asked for.' },
  ),
});

export type KubeLook = Static<typeof KubeLook>;
export type Survey = NonNullable<KubeLook['survey']>;

/** What the API servers leave in etcd themselves. */
export const EtcdLeftovers = Type.Object({
  masters: Type.Union([Type.Array(Type.String()), Type.Null()], {
    description: 'Addresses that count as API servers; null: etcd did not say.',
  }),
  leases: Type.Union([Type.Integer(), Type.Null()]),
});

export type EtcdLeftovers = Static<typeof EtcdLeftovers>;
