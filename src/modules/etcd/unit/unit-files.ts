import type { Places } from '../../../core/ask.js';
import { type Failure, refused } from '../../../core/failure.js';
import { isNoAnswer, type Mount, type Question, type Stat } from '../../../core/question.js';
import { err, ok, type Result } from '../../../core/result.js';
import { STATE_DIR, trashOn } from '../../trash.js';
import type { UnitText, UnitTexts } from './edit-unit.js';
import { noSystemd } from './member-unit.js';
import { unitQuestion } from './read-unit.js';

const fileBytesMax = 500_000;

/** A file of a unit, links resolved, with all that writing it and going back needs. */
export type UnitFile = UnitText & {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly trash: string;
  readonly [key: string]: string | number | boolean;
};

export type SeenUnitFiles = UnitTexts<UnitFile>;

/** The unit, its drop-ins and the files of its environment that are there, as they stand. */
export async function seeUnitFiles(
  unit: string,
  ask: Places,
): Promise<Result<SeenUnitFiles, Failure>> {
  const asked = await ask.host({ unit: unitQuestion(unit) });
  if (!asked.ok) return asked;
  const said = asked.value.unit;
  if (isNoAnswer(said)) return err(noSystemd(unit, said.detail));
  const { name, commands, environment } = said;
  const environments = said.environmentFiles.map(({ path }) => path);
  const paths = [...said.files, ...environments];
  const questions: { [name: string]: Question } = {
    'state mount': { kind: 'mount', path: STATE_DIR },
  };
  for (const path of paths) {
    questions[`stat ${path}`] = { kind: 'stat', path, follow: true };
    questions[`read ${path}`] = { kind: 'read', path, bytesMax: fileBytesMax };
    questions[`mount ${path}`] = { kind: 'mount', path };
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  const files: UnitFile[] = [];
  for (const path of paths) {
    const stat = seen.value[`stat ${path}`] as Stat | null;
    const file = seen.value[`read ${path}`] as { text: string; sizeBytes: number } | null;
    const mount = seen.value[`mount ${path}`] as Mount;
    if (stat === null || file === null) continue;
    if (stat.type !== 'file' || file.sizeBytes > fileBytesMax) return err(noFile(path));
    const { mode, uid, gid } = stat;
    files.push({
      ...{ path: mount.realPath, text: file.text, isEnvironment: environments.includes(path) },
      ...{ mode, uid, gid },
      trash: trashOn(mount, seen.value['state mount'] as Mount, ask.run),
    });
  }
  return ok({ settings: { name, commands, environment }, files });
}

function noFile(path: string): Failure {
  const message = `${path} is no file that can be changed`;
  return refused('unit-form', message, 'see what it is, and what the unit should read instead');
}
