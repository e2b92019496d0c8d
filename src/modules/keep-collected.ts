import Type, { type Static } from 'typebox';
import type { Change } from '../core/change.js';
import { refused } from '../core/failure.js';
import { bySeverity, type Finding } from '../core/finding.js';
import { sha256 } from '../core/hash.js';
import { join, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Question } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, controllerPath } from './arguments.js';
import { CollectedOfHost } from './diagnose/collected.js';
import { FindingSchema } from './preflight/report.js';

const args = argumentsOf({
  into: controllerPath('The directory here, made 0700: one directory in it for each host.'),
  collected: Type.Array(CollectedOfHost, {
    description: 'What collect_logs has seen on every host.',
    observed: true,
  }),
  findings: Type.Array(FindingSchema, {
    description: 'What diagnose has found: they become findings.txt.',
    observed: true,
  }),
});

/** For the one who is asked for help in the morning: files, and not a terminal that scrolled away. */
export const keepCollected = defineModule({
  name: 'keep_collected',
  summary: 'Writes what was collected on all hosts into a directory of this machine.',
  example: `
- name: Collect
  collect_logs:
    host: \${{ host.name }}
    address: \${{ host.address }}
    run: \${{ run.id }}
    manifests_dir: /etc/kubernetes/manifests
    parked_dir: /etc/kubernetes/runback
    work_dir: /var/lib/runback/work
  no_log: true
  register: collected
- name: Keep it
  keep_collected:
    into: /root/collected/\${{ run.id }}
    collected: \${{ play.hosts.map(h, h.results.collected) }}
    findings: []
`,
  place: 'controller',
  args,
  result: Type.Object({ path: Type.String(), files: Type.Integer() }),
  readOnly: false,
  repeatable: true,
  undo: { kind: 'derived' },

  async probe(given, ask) {
    const questions = filesOf(given).map(
      ({ path }) => [path, { kind: 'digest', path }] as const satisfies [string, Question],
    );
    const seen = await ask.controller(Object.fromEntries(questions));
    if (!seen.ok) return seen;
    const digests = Object.entries(seen.value).map(([path, is]) => [path, is?.sha256 ?? null]);
    return ok(Object.fromEntries(digests) as { readonly [path: string]: string | null });
  },

  plan(given, there) {
    const files = filesOf(given).filter(({ path, text }) => there[path] !== sha256(text));
    const directories = [...new Set(files.map(({ path }) => parentOf(path)))];
    const trash = join(given.into, 'trash');
    return ok([
      ...directories.map((path): Change => ({ kind: 'make-directory', path, mode: 0o700 })),
      ...files.map(({ path, text }): Change => {
        return { kind: 'write-file', path, text, mode: 0o600, trash };
      }),
    ]);
  },

  async verify(given, _before, _receipts, ask) {
    const files = filesOf(given);
    const questions = files.map(({ path }) => [path, { kind: 'digest', path }] as const);
    const seen = await ask.controller(Object.fromEntries(questions));
    if (!seen.ok) return seen;
    const lost = files.find(({ path, text }) => seen.value[path]?.sha256 !== sha256(text));
    if (lost === undefined) return ok({ path: given.into, files: files.length });
    const message = `${lost.path} does not hold what was written`;
    return err(refused('not-written', message, 'look at this machine’s disk'));
  },
  material: (there) => there,
});

function filesOf({ into, collected, findings }: Static<typeof args>) {
  const files = collected.flatMap(({ host, files: its }) =>
    its.map(({ name, text }) => {
      const [top = '', ...below] = name.split('/');
      const words = below.length === 0 ? [top] : [top, below.join('/')];
      return { path: join(into, [host, ...words].map(plainName).join('/')), text };
    }),
  );
  return [{ path: join(into, 'findings.txt'), text: written(findings as Finding[]) }, ...files];
}

/** What a file is called on a host is anybody's text. */
function plainName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_') || '_';
}

function written(findings: readonly Finding[]): string {
  const blocks = bySeverity(findings).map(({ severity, code, host, message, evidence, remedy }) => {
    const said = evidence === '' ? [] : evidence.split('\n').map((line) => `  | ${line}`);
    const head = `${severity} ${code}${host === null ? '' : `  ${host}`}`;
    return [head, `  ${message}`, ...said, `  do: ${remedy}`].join('\n');
  });
  return `${blocks.length === 0 ? 'nothing was found' : blocks.join('\n\n')}\n`;
}
