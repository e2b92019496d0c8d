import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import { type Failure, refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { MemberFacts } from './etcd/member.js';
import { entriesOf, keptOf, type StagedInodes, stagingOf, swapsOf } from './etcd/staging.js';
import { isOldKept, isSwapped, planSwaps, type SeenSwap, type Swap, seeSwaps } from './swapping.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  run: Type.String({ description: 'As etcd_restore was given it: ${{ run.id }}.' }),
  staged: Type.Unsafe<StagedInodes>(
    Type.Object({}, { description: 'What etcd_restore made, from its register.' }),
  ),
});

type Given = Static<typeof args>;
/** One of the swaps, and what was seen of it. */
type Part = Swap & { readonly seen: SeenSwap };

/**
 * The swap of a member's data, and of its WAL where that has a directory of its own: what was prepared is
 * known by its inode, and holds nothing but what etcd made.
 */
export const etcdSwap = defineModule({
  name: 'etcd_swap',
  summary:
    'Puts the restored data and WAL into the place of the old ones, which are kept. In a mount point it renames what is inside.',
  example: `
- name: Swap the data directories
  etcd_swap:
    member: \${{ results.etcd }}
    run: \${{ run.id }}
    staged: \${{ results.staged }}
`,
  place: 'host',
  args,
  result: Type.Object({
    data_dir: Type.String(),
    kept: Type.Array(Type.String(), {
      description: 'Where the old data are; empty when there were none.',
    }),
  }),
  readOnly: false,
  gives: () => ['swapped'],
  needs: () => ['gone:etcd', 'gone:kube-apiserver', 'staged'],
  mayAlter: ({ member, run }) => {
    const { dataDir, walDir } = stagingOf(member, run);
    const { moved, wal_dir } = member.layout;
    const wal = walDir === null ? [] : [wal_dir, parentOf(walDir)];
    return [moved, parentOf(dataDir), ...wal].map((path) => ({ kind: 'path', path }));
  },
  repeatable: false,
  undo: { kind: 'derived' },

  probe: see,
  plan: (_given, { parts }) =>
    planSwaps(
      parts,
      parts.map(({ seen }) => seen),
    ),

  async verify(given, before, _receipts, ask) {
    const { member, run } = given;
    const now = await see(given, ask);
    if (!now.ok) return now;
    const listed = await ask.host({ moved: { kind: 'list', path: member.layout.moved } });
    if (!listed.ok) return listed;
    const entries = entriesOf(member);
    const isWhole = entries === null || listed.value.moved?.toSorted().join() === entries.join();
    const wrong = now.value.parts.find((part) => {
      const old = before.parts.find(({ place }) => place === part.place);
      return !isSwapped(part, part.seen) || !isOldKept(part, old?.seen ?? part.seen, part.seen);
    });
    if (isWhole && wrong === undefined) {
      return ok({ data_dir: member.data_dir, kept: kept(member, run, now.value.parts) });
    }
    const message = `${wrong?.place ?? member.layout.moved} is not what was restored`;
    return err(refused('not-swapped', message, 'nothing was started; it will be taken back'));
  },
  material: (before) => before,
});

async function see(
  { member, run, staged }: Given,
  ask: Places,
): Promise<Result<{ readonly parts: readonly Part[] }, Failure>> {
  const names = await walNames(member, run, ask);
  if (!names.ok) return names;
  const swaps = swapsOf(member, run, staged, names.value);
  const seen = await seeSwaps(swaps, ask);
  if (!seen.ok) return seen;
  return ok({ parts: swaps.map((swap, at) => ({ ...swap, seen: seen.value[at] as SeenSwap })) });
}

/** What lies in a WAL directory that is a mount point, or lay there: each file is renamed for itself. */
async function walNames(
  member: MemberFacts,
  run: string,
  ask: Places,
): Promise<Result<readonly string[], Failure>> {
  const { walDir } = stagingOf(member, run);
  if (walDir === null || !member.layout.wal_is_mount) return ok([]);
  const seen = await ask.host({
    there: { kind: 'list', path: member.layout.wal_dir },
    kept: { kind: 'list', path: keptOf(walDir) },
  });
  if (!seen.ok) return seen;
  return ok([...(seen.value.there ?? []), ...(seen.value.kept ?? [])]);
}

/** The directories that hold the old ones: what a person looks for, and `clean` takes away. */
function kept(member: MemberFacts, run: string, parts: readonly Part[]): string[] {
  const { dataDir, walDir } = stagingOf(member, run);
  const all = [dataDir, ...(walDir === null ? [] : [walDir])].map(keptOf);
  const old = parts.filter(({ seen }) => seen.keep !== null);
  return all.filter((path) => old.some(({ keep }) => keep === path || keep.startsWith(`${path}/`)));
}
