import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import { type Change, serviceEffects } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import { changedLines } from './etcd/edit-manifest.js';
import { sameFlags, startFlags } from './etcd/flags.js';
import { MemberFacts } from './etcd/member.js';
import { unitOf } from './etcd/member-places.js';
import { movedFlags } from './etcd/readdress.js';
import { flagsOf, withUnitFlags } from './etcd/unit/edit-unit.js';
import { type SeenUnitFiles, seeUnitFiles } from './etcd/unit/unit-files.js';
import { etcdManifest, manifestArguments } from './etcd-manifest.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  ...manifestArguments,
});

type Args = Static<typeof args>;
type SeenManifest = Parameters<typeof etcdManifest.plan>[1];

type Before =
  | { readonly by: 'kubelet'; readonly manifest: SeenManifest; readonly [key: string]: Json }
  | { readonly by: 'systemd'; readonly unit: Json; readonly [key: string]: Json };

/**
 * Where a kubelet runs the member that is its manifest, which is left to etcd_manifest; where systemd does,
 * the files of its unit: each setting is written where it is set today. Files are changed only while the
 * member is stopped, and systemd is told of a unit's own before and behind it, so that going back tells it too.
 */
export const etcdMemberSettings = defineModule({
  name: 'etcd_member_settings',
  summary:
    'Writes into what the member is started from – its parked manifest, or the files of its unit – which members it starts with, and the host’s new address.',
  example: `
- name: Write whom it joins
  etcd_member_settings:
    member: \${{ results.etcd }}
    path: /etc/kubernetes/runback/\${{ run.id }}/etcd.yaml
    members: \${{ play.hosts.map(h, h.results.etcd) }}
    state: existing
    trash: /etc/kubernetes/runback/\${{ run.id }}/trash
`,
  place: 'host',
  args,
  result: Type.Object({
    changed_lines: Type.Array(Type.String(), { description: 'The whole difference.' }),
    message: Type.Optional(Type.String()),
  }),
  readOnly: false,
  mayAlter: (given) => {
    const unit = unitOf(given.member);
    if (unit === null) return etcdManifest.mayAlter?.(asManifest(given)) ?? [];
    if (given.only_show === true) return [];
    const files = (given.member.unit_files ?? []).map((path) => ({ kind: 'path', path }) as const);
    return [...files, ...serviceEffects(unit)];
  },
  repeatable: true,
  undo: { kind: 'derived' },

  async probe(given, ask) {
    const unit = unitOf(given.member);
    if (unit === null) {
      const seen = await etcdManifest.probe(asManifest(given), ask);
      return seen.ok ? ok<Before>({ by: 'kubelet', manifest: seen.value }) : seen;
    }
    const seen = await seeUnitFiles(unit, ask);
    return seen.ok ? ok<Before>({ by: 'systemd', unit: seen.value as unknown as Json }) : seen;
  },

  plan(given, before) {
    if (before.by === 'kubelet') return etcdManifest.plan(asManifest(given), before.manifest);
    const edited = editedFiles(given, filesIn(before));
    if (!edited.ok) return edited;
    return ok(given.only_show === true ? [] : changesOf(filesIn(before), edited.value));
  },

  async verify(given, before, receipts, ask) {
    if (before.by === 'kubelet') {
      const shown = await etcdManifest.verify(asManifest(given), before.manifest, receipts, ask);
      if (!shown.ok) return shown;
      const { path: _, ...result } = shown.value;
      return ok(result);
    }
    const edited = editedFiles(given, filesIn(before));
    if (!edited.ok) return edited;
    if (given.only_show === true) return ok(resultOf(filesIn(before), edited.value));
    return verifyFiles(given, filesIn(before), edited.value, ask);
  },

  material: (before) =>
    before.by === 'kubelet'
      ? etcdManifest.material(before.manifest)
      : filesIn(before).files.map(({ path, text, mode, uid, gid }) => ({
          ...{ path, sha256: sha256(text), mode, uid, gid },
        })),
});

function asManifest({ member: _, ...given }: Args) {
  return given;
}

function filesIn(before: Extract<Before, { by: 'systemd' }>): SeenUnitFiles {
  return before.unit as unknown as SeenUnitFiles;
}

function editedFiles(given: Args, seen: SeenUnitFiles): Result<SeenUnitFiles, Failure> {
  const { members, state, host = '', new_addresses } = given;
  const moved = movedFlags(flagsOf(seen), host, new_addresses);
  return withUnitFlags(seen, startFlags(members, state), moved);
}

function changesOf(before: SeenUnitFiles, edited: SeenUnitFiles): readonly Change[] {
  const changed = edited.files.filter(({ text }, at) => text !== before.files[at]?.text);
  const writes = changed.map(({ path, text, mode, uid, gid, trash }): Change => {
    return { kind: 'write-file', path, text, mode, uid, gid, trash };
  });
  if (changed.every(({ isEnvironment }) => isEnvironment)) return writes;
  const tell: Change = { kind: 'service', unit: before.settings.name, verb: 'daemon-reload' };
  return [tell, ...writes, tell];
}

function resultOf(before: SeenUnitFiles, edited: SeenUnitFiles) {
  const each = edited.files.flatMap(({ path, text }, at) => {
    const lines = changedLines(before.files[at]?.text ?? '', text);
    return lines.length === 0 ? [] : [{ path, lines }];
  });
  const changed_lines = each.flatMap(({ lines }) => lines);
  const message = each.map(({ path, lines }) => [`${path}:`, ...lines].join('\n')).join('\n');
  return { changed_lines, ...(message === '' ? {} : { message }) };
}

/** By the files, and by what systemd makes of them now. */
async function verifyFiles(
  { member }: Args,
  before: SeenUnitFiles,
  edited: SeenUnitFiles,
  ask: Places,
): Promise<Result<ReturnType<typeof resultOf>, Failure>> {
  const now = await seeUnitFiles(unitOf(member) ?? '', ask);
  if (!now.ok) return now;
  const isTold = sameFlags(flagsOf(now.value), flagsOf(edited));
  const other = edited.files.find(({ text }, at) => now.value.files[at]?.text !== text);
  if (isTold && other === undefined) return ok(resultOf(before, edited));
  const message = `${other?.path ?? before.settings.name} does not say what was written`;
  return err(refused('settings-not-written', message, 'see who else writes it'));
}
