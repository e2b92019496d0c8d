import Type, { type Static, type TSchema } from 'typebox';

export const FindingSchema = Type.Object({
  code: Type.String(),
  severity: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('note')]),
  host: Type.Union([Type.String(), Type.Null()]),
  message: Type.String(),
  evidence: Type.String(),
  remedy: Type.String(),
  acceptable: Type.Boolean(),
  accepted: Type.Boolean(),
});

const LiveMember = Type.Object({
  id: Type.String(),
  name: Type.String(),
  peer_urls: Type.Array(Type.String()),
  is_learner: Type.Boolean(),
});

const Connection = Type.Object({
  local_address: Type.String(),
  local_port: Type.Integer(),
  remote_address: Type.String(),
  remote_port: Type.Integer(),
  process: Type.Union([Type.String(), Type.Null()]),
});

function nullable<T extends TSchema>(schema: T, description: string) {
  return Type.Union([schema, Type.Null()], { description });
}

/** What one host's preflight tells the gate: its own findings, and what must be compared with the others. */
export const HostReport = Type.Object({
  host: Type.String(),
  address: Type.String(),
  is_member: Type.Boolean({ description: 'A member of etcd belongs there.' }),
  is_control_plane: Type.Boolean({ description: 'An API server belongs there.' }),
  member: Type.String({
    description: 'etcd’s --name; empty without a member, and when nothing says what it is.',
  }),
  peer_urls: Type.Array(Type.String()),
  former_peer_urls: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Of a host with a new address: what etcd may still list.',
    }),
  ),
  told_members: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), peer_url: Type.String() }), {
      description: '--initial-cluster of its manifest: true when it joined, and perhaps since.',
    }),
  ),
  client_urls: Type.Array(Type.String()),
  etcd_servers: Type.Array(Type.String(), {
    description: 'Which etcd the API server on this host is told to use.',
  }),
  image: Type.String(),
  image_version: Type.String({ description: 'Empty when the image does not say.' }),
  client_port: Type.Integer(),
  live_members: Type.Union([Type.Array(LiveMember), Type.Null()], {
    description: 'Null: the member did not answer, or does not run.',
  }),
  past: Type.Object({
    cluster_id: Type.String({ description: 'Empty when the member did not answer.' }),
    is_leader: Type.Boolean(),
    raft_index: Type.Integer({
      description: 'How far the member knows raft’s log to be committed.',
    }),
    majority_answers: Type.Boolean({ description: 'It could answer what takes a majority.' }),
    nodes: nullable(Type.Integer(), 'Nodes that etcd knows.'),
    data_born_s: nullable(Type.Integer(), 'When the data directory’s `member` was made.'),
    api_server_started_s: nullable(Type.Integer(), 'Since when the API server runs.'),
    data_dir: Type.String(),
    nested: Type.Array(Type.String(), { description: 'Those that hold a `member` themselves.' }),
    strays: Type.Array(Type.String(), {
      description: 'What does not belong in the data directory.',
    }),
  }),
  connections: Type.Array(Connection, { description: 'Of etcd’s client port, both ways.' }),
  clock: Type.Object(
    { ahead_ms_min: Type.Integer(), ahead_ms_max: Type.Integer() },
    { description: 'How far the host’s clock is ahead of this machine’s: between these two.' },
  ),
  fingerprints: Type.Record(Type.String(), Type.String(), {
    description: 'SHA-256 of CAs, of the public half of sa.key, of the encryption configuration.',
  }),
  found: Type.Array(FindingSchema),
});

export type HostReport = Static<typeof HostReport>;
