import Type, { type Static } from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { bumpAmount, canBump, TOOLS_THAT_CAN } from './etcd/bump.js';
import { MemberFacts } from './etcd/member.js';

interface Seen {
  readonly revision: number;
}

const args = argumentsOf({
  members: Type.Array(Type.Unsafe<MemberFacts>(MemberFacts), {
    description: 'The facts of every host: whether their tools can.',
  }),
  statuses: Type.Array(Type.Unsafe<Seen>(Type.Object({})), {
    description: 'What etcd_status found on every host: how far the cluster is.',
    // A cluster that lives goes on; what a plan rests on is the amount, which its result shows.
    observed: true,
  }),
  snapshot_revision: Type.Integer({ description: 'The record’s; 0 when it is not known.' }),
  amount: Type.Optional(
    Type.String({
      pattern: '^(auto|none|[1-9][0-9]{0,14})$',
      description:
        'auto: the larger of a billion and what was written since plus 20 %, where the tools can. none, or the amount. Default: auto.',
    }),
  ),
});

type Given = Static<typeof args>;

/** Chosen once, for all members: one that began at another revision would hold another history. */
export const etcdBump = defineModule({
  name: 'etcd_bump',
  summary:
    'Chooses by how much the restored cluster’s revision rises, so that no client misses it.',
  example: `
- name: Choose where the restored cluster's revision begins
  etcd_bump:
    members: \${{ play.hosts.map(h, h.results.etcd) }}
    statuses: \${{ play.hosts.map(h, h.results.status) }}
    snapshot_revision: \${{ results.snapshot.record.snapshot.revision }}
    amount: auto
`,
  place: 'controller',
  args,
  result: Type.Object({
    amount: Type.Integer({ description: 'For bump_revision of etcd_restore; 0: none.' }),
    revision: Type.Integer({ description: 'Where the restored cluster begins, at least.' }),
    message: Type.String({ description: 'What will happen to the revision, and why.' }),
    afterwards: Type.String({ description: 'What it means for clients when it is done.' }),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given) {
    const { members, snapshot_revision, amount = 'auto' } = given;
    const live = Math.max(0, ...given.statuses.map((status) => status.revision));
    const old = members.filter((member) => !canBump(member.tool_version));
    if (amount === 'none') return ok(without(given, live, 'As asked, the revision is not raised'));
    if (old.length > 0 && amount !== 'auto') return err(tooOld(old));
    if (old.length > 0) {
      return ok(
        without(given, live, `${toolsOf(old)} cannot raise the revision (${TOOLS_THAT_CAN})`),
      );
    }
    const chosen = amount === 'auto' ? bumpAmount(live, snapshot_revision) : Number(amount);
    const revision = snapshot_revision + chosen;
    if (revision <= live) return err(tooSmall(chosen, revision, live));
    const seen = live === 0 ? 'nobody knows how far the cluster had come' : `it is at ${live} now`;
    const message = `The revision rises by ${chosen}, to ${revision} (${seen}); all before counts as compacted, so that clients which watch read everything anew.`;
    const afterwards = 'Clients that watch are told to read everything anew.';
    return ok({ amount: chosen, revision, message, afterwards });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function without({ snapshot_revision: revision }: Given, live: number, why: string) {
  const from = live === 0 ? '' : ` from ${live}`;
  const to = revision === 0 ? 'to the snapshot’s' : `to ${revision}`;
  const afterwards =
    'The revision went back, and clients that watch may miss what changes: restart kubelets, kube-proxy, the CNI and operators.';
  const message = `${why}: it goes back${from} ${to}, and clients that watch may miss what changes. After the restore, restart kubelets, kube-proxy, the CNI and operators.`;
  return { amount: 0, revision, message, afterwards };
}

function toolsOf(members: readonly MemberFacts[]): string {
  const versions = [...new Set(members.map(nameOfTool))].join(', ');
  return `${versions} on ${members.map((member) => member.host).join(' ')}`;
}

function nameOfTool({ restore_tool, tool_version }: MemberFacts): string {
  return `${restore_tool.slice(restore_tool.lastIndexOf('/') + 1)} ${tool_version}`;
}

function tooOld(old: readonly MemberFacts[]): Failure {
  const message = `${toolsOf(old)} is too old to raise the revision (${TOOLS_THAT_CAN})`;
  const next = 'install a newer patch release there, or say bump_revision: auto or none';
  return refused('tool-too-old', message, next);
}

function tooSmall(amount: number, revision: number, live: number): Failure {
  const message = `raised by ${amount}, the revision would be ${revision}, and clients have seen ${live} already`;
  return refused('bump-too-small', message, 'give a larger amount, or say bump_revision: auto');
}
