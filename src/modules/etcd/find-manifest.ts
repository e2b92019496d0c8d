import type { Places } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import {
  isNoAnswer,
  type NoAnswer,
  type Question,
  type Stat,
  type UnitSettings,
} from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { knownBy, ofMember } from './known-by.js';
import { manifestBytesMax, type PodManifest, readManifest } from './manifest.js';
import { type BackupRecord, type RecordedHost, recordedHost } from './record.js';
import { refuseCopy } from './trusted-copy.js';
import { isUp } from './unit/member-unit.js';
import { readUnit, unitName, unitQuestion } from './unit/read-unit.js';

export interface FoundMember {
  readonly pod: PodManifest;
  /** The manifest; empty: a unit has none. */
  readonly text: string;
  readonly source: 'manifests' | 'parked' | 'record' | 'unit';
  readonly path: string;
  /** The unit of systemd that runs it; empty: a kubelet does. */
  readonly unit: string;
  readonly unitFiles: readonly string[];
}

export interface WhereToLook {
  readonly manifest: string;
  readonly unit: string;
  readonly copies: readonly string[];
  readonly record: BackupRecord | null;
  readonly host: string;
  readonly address: string | undefined;
}

/**
 * From whatever is left: the kubelet's folder, a unit of systemd that runs, copies that somebody put aside,
 * the backup's record, a unit that does not run. Many a host has a unit of that name that nobody uses.
 */
export async function findMember(
  where: WhereToLook,
  ask: Places,
): Promise<Result<FoundMember, Failure>> {
  const paths = [where.manifest, ...where.copies.map((path) => path.replaceAll('POD', 'etcd'))];
  const questions: { [name: string]: Question } = {
    running: { kind: 'processes', names: ['etcd'] },
    unit: unitQuestion(where.unit),
  };
  for (const path of paths) {
    questions[`stat ${path}`] = { kind: 'stat', path };
    questions[`read ${path}`] = { kind: 'read', path, bytesMax: manifestBytesMax };
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  const said = seen.value.unit as UnitSettings | NoAnswer;
  const unit = isNoAnswer(said) || !said.loaded ? null : said;
  // One without a quorum is not ready yet, for ever, and runs: Type=notify.
  const isUsed = unit !== null && isUp(unit.active);
  for (const [index, path] of paths.entries()) {
    const stat = seen.value[`stat ${path}`] as Stat | null;
    const file = seen.value[`read ${path}`] as { readonly text: string } | null;
    if (index > 0 && isUsed) break;
    if (stat === null || file === null) continue;
    if (index === 0) {
      return isUsed ? err(twoWays(path, unit)) : asPod(file.text, 'manifests', path);
    }
    const untrusted = refuseCopy(path, stat);
    return untrusted === null ? asPod(file.text, 'parked', path) : err(untrusted);
  }
  const running = seen.value.running as readonly unknown[];
  const isElsewhere = running.length > 0 && !isUsed;
  const known = recordedHost(where.record, where.host, where.address);
  const recorded = isUsed ? undefined : known?.manifests.etcd;
  const found = await recordedOrUnit(recorded?.text, unit, ask);
  if (found === null) {
    const lost = isElsewhere ? runByNobody(where, paths) : lostUnit(where, known);
    return err(lost ?? noManifest(where, paths));
  }
  if (!isElsewhere) return found;
  // Before the record is believed: a member that runs from something else would not be stopped by us.
  const own = found.ok ? ofMember(knownBy(found.value.pod)) : {};
  const left = await ask.host({ own: { kind: 'processes', names: ['etcd'], ...own } });
  if (!left.ok) return left;
  return left.value.own.length > 0 ? err(runByNobody(where, paths)) : found;
}

/** Null: there is neither. */
async function recordedOrUnit(
  recorded: string | undefined,
  unit: UnitSettings | null,
  ask: Places,
): Promise<Result<FoundMember, Failure> | null> {
  if (recorded !== undefined) return asPod(recorded, 'record', 'record');
  if (unit === null) return null;
  const read = await readUnit(unit, ask);
  if (!read.ok) return read;
  const { name, manifest, files } = read.value;
  return ok({
    pod: manifest,
    text: '',
    source: 'unit',
    path: files[0] ?? '',
    unit: name,
    unitFiles: files,
  });
}

function asPod(
  text: string,
  source: FoundMember['source'],
  path: string,
): Result<FoundMember, Failure> {
  const pod = readManifest(text);
  return pod === null
    ? err(notAPod(path))
    : ok({ pod, text, source, path, unit: '', unitFiles: [] });
}

function notAPod(path: string): Failure {
  return refused('not-a-pod', `${path} is not the manifest of a pod`, 'look at it by hand');
}

function twoWays(manifest: string, { name }: UnitSettings): Failure {
  const message = `etcd runs from ${name}, and ${manifest} is there too`;
  return refused(
    'two-ways-to-run',
    message,
    'find out which of the two is meant, and take the other away',
  );
}

function runByNobody({ unit }: WhereToLook, paths: readonly string[]): Failure {
  const message = `etcd runs here, from neither a static pod’s manifest nor ${unitName(unit)}`;
  const next =
    'name the place of its manifest (manifests_dir, parked_copies) or its unit (etcd_unit); this version knows no other way to stop a member';
  return refused('etcd-not-static-pod', message, next, `looked at ${paths.join(', ')}`);
}

/** A unit is somebody's own work: it is not written back without being asked. */
function lostUnit({ unit }: WhereToLook, known: RecordedHost | null): Failure | null {
  const files = Object.values(known?.manifests ?? {}).map(({ path }) => path);
  if (!files.some((path) => path.endsWith('.service'))) return null;
  const message = `${unitName(unit)} is not on this host any more`;
  const next =
    'write its files back: the backup’s record has each with text, owner and mode (hosts, manifests); then systemctl daemon-reload, and run this again';
  return refused('unit-lost', message, next, files.join('\n'));
}

function noManifest({ record }: WhereToLook, paths: readonly string[]): Failure {
  const message = 'nothing says what the etcd member on this host is';
  const next =
    'name the place of its manifest (manifests_dir, parked_copies) or its unit (etcd_unit), or give a backup with a record of this host';
  const known = record?.hosts.map((host) => host.name).join(', ') ?? 'none was given';
  const detail = `looked at ${paths.join(', ')}; hosts in the record: ${known}`;
  return refused('no-manifest', message, next, detail);
}
