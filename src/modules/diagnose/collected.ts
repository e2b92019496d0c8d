import Type, { type Static } from 'typebox';
import { FindingSchema, HostReport } from '../preflight/report.js';

const Reached = Type.Object({
  url: Type.String(),
  open: Type.Boolean(),
  last_seen: Type.String(),
});

/** One member as its manifest, its directory, its log and itself show it. */
export const MemberView = Type.Object({
  manifest: Type.String({ description: 'Where it was found; empty when nowhere.' }),
  is_parked: Type.Boolean({ description: 'It is not in the kubelet’s folder.' }),
  name: Type.String(),
  peer_urls: Type.Array(Type.String()),
  initial_cluster: Type.Array(Type.String(), { description: 'NAME=URL, as it is written.' }),
  initial_state: Type.String(),
  has_data: Type.Boolean({ description: 'Its directory holds a write-ahead log.' }),
  runs: Type.Boolean(),
  answers: Type.Boolean(),
  cluster_id: Type.String({ description: 'As it says, else as its log does; may be empty.' }),
  member_id: Type.String(),
  has_leader: Type.Boolean(),
  is_learner: Type.Boolean(),
  peers: Type.Array(Reached, { description: 'Peer ports of others, as this host reaches them.' }),
});

export const Collected = Type.Object({
  host: Type.String(),
  files: Type.Array(Type.Object({ name: Type.String(), text: Type.String() }), {
    description: 'What was collected, without secrets.',
  }),
  member: MemberView,
  report: HostReport,
  found: Type.Array(FindingSchema, { description: 'What logs and disks tell by themselves.' }),
});

/** As an argument of those that read it: the schema of what collect_logs gives is written out there. */
export const CollectedOfHost = Type.Unsafe<Static<typeof Collected>>(Type.Object({}));

export type MemberView = Static<typeof MemberView>;
export type Collected = Static<typeof Collected>;
