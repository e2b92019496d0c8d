import Type from 'typebox';
import type { Places } from '../core/ask.js';
import type { Failure } from '../core/failure.js';
import { join } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { isNoAnswer } from '../core/question.js';
import { ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { ofMember } from './etcd/known-by.js';
import { accessOf, MemberFacts } from './etcd/member.js';

/** A database of 8 GB is read in less; a lock that somebody holds is not waited for. */
const timeoutMs = 120_000;

const Status = Type.Object({
  host: Type.String(),
  answers: Type.Boolean(),
  is_leader: Type.Boolean(),
  revision: Type.Integer({
    description: 'Of a member that does not answer: what its data directory says, else 0.',
  }),
  version: Type.String(),
  db_size_bytes: Type.Integer(),
});

/** Asked of the member itself, just before it matters: who leads changes by itself. */
export const etcdStatus = defineModule({
  name: 'etcd_status',
  summary: 'Asks the member on this host whether it leads and how far it is.',
  example: `
- name: Ask who leads now
  etcd_status:
    member: \${{ results.etcd }}
`,
  place: 'host',
  args: argumentsOf({
    member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
    stopped_too: Type.Optional(
      Type.Boolean({
        description: 'Read the data directory of a member that does not run. Default: false.',
      }),
    ),
  }),
  result: Status,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ member, stopped_too = false }, ask) {
    const seen = await ask.host({
      status: { kind: 'etcd-status', access: accessOf(member) },
    });
    if (!seen.ok) return seen;
    const { status } = seen.value;
    const { host } = member;
    if (isNoAnswer(status)) {
      const onDisk = stopped_too ? await revisionOnDisk(member, ask) : ok(0);
      if (!onDisk.ok) return onDisk;
      const silent = { answers: false, is_leader: false, version: '', db_size_bytes: 0 };
      return ok({ host, ...silent, revision: onDisk.value });
    }
    return ok({
      host,
      answers: true,
      is_leader: status.leaderId !== '0' && status.leaderId === status.memberId,
      revision: status.revision,
      version: status.version,
      db_size_bytes: status.dbSizeBytes,
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

/**
 * How far a stopped member had come, or a little less: what was only in its WAL is missing. Never asked
 * of one that runs: it holds the file's lock, and the tool would wait for it.
 */
async function revisionOnDisk(member: MemberFacts, ask: Places): Promise<Result<number, Failure>> {
  const path = join(member.data_dir, 'member/snap/db');
  const around = await ask.host({
    running: { kind: 'processes', names: ['etcd'], ...ofMember(member.known_by) },
    db: { kind: 'stat', path },
  });
  if (!around.ok) return around;
  if (around.value.running.length > 0 || around.value.db === null) return ok(0);
  const tool = member.restore_tool;
  const seen = await ask.host({ db: { kind: 'snapshot-status', tool, path, timeoutMs } });
  if (!seen.ok) return seen;
  return ok(isNoAnswer(seen.value.db) ? 0 : seen.value.db.revision);
}
