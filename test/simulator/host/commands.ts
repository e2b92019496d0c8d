import { layOut, membersFrom, newDatabase } from '../etcd/data-directory.js';
import { logIn, snapshotText } from '../etcd/snapshot.js';
import { exit, type Script } from './changes.js';
import type { Machine } from './machine.js';
import { memberAt, TOOLS } from './questions.js';

/** The programs that the shipped playbooks start. What is not recognised is a defect of the simulator. */
export function runCommand(machine: Machine, argv: readonly string[]): Script {
  const [program = '', ...words] = argv;
  if (program === 'rm' && words[0] === '-f' && words[1] === '--')
    return removeFiles(machine, words);
  const isTool = Object.values(TOOLS).includes(program);
  if (isTool && words[0] === 'snapshot' && words[1] === 'restore') return restore(machine, words);
  if (isTool && words[0] === 'snapshot' && words[1] === 'save') return save(machine, words);
  throw new Error(`the simulator does not know the command ${argv.join(' ')}`);
}

function* removeFiles({ files }: Machine, words: readonly string[]): Script {
  for (const path of words.slice(2)) {
    if (files.find(path) !== null) files.remove(path);
    yield { forMs: 1 };
  }
  return exit(0);
}

/** As etcdutl does it: the database first, the WAL behind it, and whatever was made stays when it fails. */
function* restore(machine: Machine, words: readonly string[]): Script {
  const { files, random } = machine;
  const flag = flagsOf(words);
  const dataDir = flag('data-dir');
  if (files.find(dataDir) !== null)
    return exit(1, `data-dir "${dataDir}" not empty or could not be read`);
  yield { forMs: random.between(5, 50) };
  const log = logIn(files.text(words[2] ?? '') ?? '');
  if (log === null) return exit(1, 'expected sha256 of the snapshot, got another');
  const members = membersFrom(flag('initial-cluster'), flag('initial-cluster-token'));
  const bump = Number(words.find((word) => word.startsWith('--bump-revision='))?.slice(16) ?? 0);
  const compacted = bump === 0 ? 0 : bump + (log.at(-1)?.revision ?? 1);
  const database = newDatabase(members, flag('name'), log, compacted);
  files.makeDirectory(dataDir, 0o700);
  for (const _ of layOut(files, dataDir, database)) yield { forMs: random.between(20, 800) };
  return exit(0);
}

/** FILE.part, a sync, a rename; the bytes are those of one moment. */
function* save(machine: Machine, words: readonly string[]): Script {
  const { files, random } = machine;
  const flag = flagsOf(words);
  const path = words[2] ?? '';
  const member = memberAt(machine, {
    etcdctl: '',
    endpoint: flag('endpoints'),
    caFile: '',
    certFile: '',
    keyFile: '',
  });
  if (member === null) return exit(1, 'connection refused');
  const whole = snapshotText(member.database.log);
  files.write(`${path}.part`, whole.slice(0, whole.length / 2), 0o600);
  yield { forMs: random.between(20, 400) };
  files.write(`${path}.part`, whole, 0o600);
  yield { forMs: random.between(5, 50) };
  files.sync(`${path}.part`);
  files.rename(`${path}.part`, path);
  yield { forMs: 1 };
  return exit(0, '', `Snapshot saved at ${path}\n`);
}

function flagsOf(words: readonly string[]): (name: string) => string {
  return (name) => {
    const found = words.find((word) => word.startsWith(`--${name}=`));
    if (found === undefined) throw new Error(`--${name} is missing in ${words.join(' ')}`);
    return found.slice(name.length + 3);
  };
}
