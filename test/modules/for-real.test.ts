import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import type { HostName } from '../../src/core/names.js';
import type { World } from '../../src/core/ports.js';
import { ok } from '../../src/core/result.js';
import { dryRun } from '../../src/engine/dry-run.js';
import { runPlan } from '../../src/engine/run.js';
import { localTransport } from '../../src/host/local.js';
import { HostSession } from '../../src/host/session.js';
import { describeChange } from '../../src/plan/index.js';
import { requestFor } from '../engine/simulated-run.js';
import { localTransportWith } from '../host/shells.js';
import { makeUnit, standInSystemctl } from '../host/units.js';
import { planned } from '../plan/sources.js';

/**
 * Every generic module through the engine, on this machine: real files, a real shell, the lab's systemctl.
 * The directory is a mount of its own, so that what is moved into the trash stays in it.
 */
let directory: string;
let server: Server;
let events: Event[];

const path = (name: string): string => join(directory, 'host', name);

beforeAll(async () => {
  server = createServer((_, answer) => answer.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  events = [];
  directory = mkdtempSync(join(tmpdir(), 'runback-modules-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'runback-modules', directory]);
  for (const name of ['etc', 'gone/deep', 'pki', 'pki.new']) {
    mkdirSync(path(name), { recursive: true });
  }
  const files = ['etc/old.conf', 'etc/source', 'etc/a', 'gone/deep/file', 'pki/ca', 'pki.new/ca'];
  for (const name of files) writeFileSync(path(name), `the old ${name}\n`, { mode: 0o640 });
  symlinkSync('v1', path('current'));
  writeFileSync(join(directory, 'here'), 'from here\n', { mode: 0o604 });
  standInSystemctl(join(directory, 'tools'), path('run'));
  makeUnit(path('run'), 'backup.timer');
});

afterEach(() => {
  execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true });
});

const tasks = (): string => `
      - file: {path: ${path('made/deep')}, state: directory, mode: '0750', owner: 1, group: root}
      - file: {path: ${path('made/flag')}, state: touch}
      - file: {path: ${path('current')}, state: link, target: v2}
      - file: {path: ${path('made/link')}, state: link, target: deep}
      - file: {path: ${path('gone')}, state: absent}
      - file: {path: ${path('etc')}, state: directory, mode: '0711', group: 2}
      - copy: {content: "new\\n", to: ${path('etc/old.conf')}}
      - copy: {from: ${join(directory, 'here')}, to: ${path('made/sent')}}
      - copy: {from_host: ${path('etc/source')}, to: ${path('made/copied')}, owner: 3}
        register: copied
      - fetch: {from: ${path('etc/source')}, to: ${join(directory, 'fetched')}}
        register: fetched
      - move: {from: ${path('etc/a')}, to: ${path('etc/b')}}
      - swap: {path: ${path('pki')}, with: ${path('pki.new')}, keep: ${path('pki.old')}}
        register: swapped
      - archive: {paths: ['${path('etc')}', '${path('pki')}'], to: ${path('out.tar.gz')}}
        register: archived
      - shell:
          script: |
            printf '%s\\n' "$WORDS" >by-script
            echo one; echo two
          environment: {WORDS: "it's $HOME"}
          directory: ${path('made')}
          creates: ${path('made/by-script')}
          undo: [rm, ${path('made/by-script')}]
        register: said
      - command:
          argv: [cp, ${path('etc/source')}, ${path('made/by-command')}]
          creates: ${path('made/by-command')}
          undo: [rm, ${path('made/by-command')}]
      - service: {name: backup.timer, state: started, enabled: true}
        register: timer
      - wait_for: {path: ${path('made/by-script')}, within: 5s}
      - wait_for: {port: ${(server.address() as AddressInfo).port}, within: 5s}
      - wait_for: {url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}/', within: 5s}
      - pause: {message: A moment, for: 1s}
      - assert:
          that: ["\${{ results.copied.uid == 3 && results.timer.active == 'active' }}"]
          message: not so
      - debug: {message: "\${{ results.said.stdout_lines.size() }} lines"}
        register: debugged`;

const playbook = (more = ''): string => `
name: Everything
vars: {}
plays:
  - name: Do
    hosts: me
    become: true
    tasks:${tasks()}
${more}`;

const inventory = `
all:
  vars: {runback_cluster: here}
  hosts: {me: }
`;

/** One session a machine, as in a run; the journal is kept in memory and the clock does not wait. */
function world(): World {
  const sessions = new Map<HostName, HostSession>();
  const connect: World['hosts']['connect'] = async (host) => {
    const known = sessions.get(host);
    if (known !== undefined) return ok(known);
    const isHost = host === 'me';
    const transport = isHost ? localTransportWith(join(directory, 'tools')) : localTransport();
    const stateDir = join(directory, 'state', host);
    const opened = await HostSession.open({ host, transport, stateDir });
    if (opened.ok) sessions.set(host, opened.value);
    return opened;
  };
  return {
    hosts: {
      connect,
      close: () => {},
      closeAll: async () => {
        for (const session of sessions.values()) session.close();
      },
    },
    journal: { append: async () => ok(undefined) },
    clock: { nowMs: () => Date.now(), sleep: async () => {} },
    operator: { confirm: async () => true, isThere: false, enter: async () => {} },
  };
}

async function go(kind: 'run' | 'preview', more = '') {
  events = [];
  const plan = planned(playbook(more), { inventory });
  const run = `20260102T030405Z-${(runs++).toString(16).padStart(16, '0')}`;
  const request = { ...requestFor(plan), run, describe: describeChange } as never;
  const end = await (kind === 'run' ? runPlan : dryRun)(request, world(), (event) => {
    events.push(event);
  });
  return end.outcome;
}

let runs = 1;

const outcomes = () => events.flatMap((event) => (event.type === 'step.finished' ? [event] : []));

const resultOf = (module: string): unknown => {
  const started = events.find((event) => event.type === 'task.started' && event.module === module);
  const task = started?.type === 'task.started' ? started.task : '';
  return outcomes().find((event) => event.task === task)?.result;
};

/** Name, type, mode, owner, inode, and what is in it. */
function listing(folder = path('')): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const one = join(folder, name);
    const { mode, uid, gid, ino } = lstatSync(one);
    const line = `${one} ${mode.toString(8)} ${uid}:${gid} ${ino}`;
    if (lstatSync(one).isDirectory()) return [line, ...listing(one)];
    const holds = lstatSync(one).isSymbolicLink() ? readlinkSync(one) : readFileSync(one, 'utf8');
    return [`${line} ${JSON.stringify(holds)}`];
  });
}

const READ_ONLY = ['wait_for', 'pause', 'assert', 'debug'];

it('does it, and a second time has nothing to do', async () => {
  expect(await go('run'), problems()).toBe('done');
  const modules = events.flatMap((one) => (one.type === 'task.started' ? [one.module] : []));
  expect(outcomes().map(({ outcome }) => outcome)).toEqual(
    modules.map((module) => (READ_ONLY.includes(module) ? 'ok' : 'changed')),
  );
  expect(readlinkSync(path('current'))).toBe('v2');
  expect(readFileSync(path('etc/old.conf'), 'utf8')).toBe('new\n');
  expect(lstatSync(path('etc/old.conf')).mode & 0o777).toBe(0o640);
  expect(readFileSync(path('made/sent'), 'utf8')).toBe('from here\n');
  expect(lstatSync(path('made/sent')).mode & 0o777).toBe(0o604);
  expect(readFileSync(path('made/by-script'), 'utf8')).toBe("it's $HOME\n");
  expect(readFileSync(join(directory, 'fetched'), 'utf8')).toBe('the old etc/source\n');
  expect(readFileSync(path('pki/ca'), 'utf8')).toBe('the old pki.new/ca\n');
  expect(resultOf('shell')).toMatchObject({ rc: 0, stdout_lines: ['one', 'two'] });
  expect(resultOf('archive')).toMatchObject({ entries: 6 });
  expect(resultOf('debug')).toMatchObject({ message: '2 lines' });
  const done = listing();
  expect(await go('run'), problems()).toBe('done');
  expect(new Set(outcomes().map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  expect(listing()).toEqual(done);
});

it('is taken back by a failure at its end: the host is as it was, every inode too', async () => {
  const before = listing();
  const more = '      - assert: {that: [false], message: on purpose}';
  expect(await go('run', more), problems()).toBe('rolled-back');
  expect(outcomes().filter(({ outcome }) => outcome === 'not_undone')).toEqual([]);
  expect(listing()).toEqual(before);
});

it('is foretold without a change', async () => {
  const before = listing();
  expect(await go('preview'), problems()).toBe('would-change');
  const told = outcomes().map(({ task, outcome }) => `${task} ${outcome}`);
  expect(told).toMatchInlineSnapshot(`
    [
      "1.1 would_change",
      "1.2 deferred",
      "1.3 would_change",
      "1.4 deferred",
      "1.5 would_change",
      "1.6 would_change",
      "1.7 deferred",
      "1.8 deferred",
      "1.9 deferred",
      "1.10 would_change",
      "1.11 deferred",
      "1.12 would_change",
      "1.13 deferred",
      "1.14 would_change",
      "1.15 deferred",
      "1.16 deferred",
      "1.17 deferred",
      "1.18 deferred",
      "1.19 deferred",
      "1.20 no_change",
      "1.21 deferred",
      "1.22 deferred",
    ]
  `);
  expect(listing()).toEqual(before);
  expect(readdirSync(directory)).not.toContain('state');
});

function problems(): string {
  return outcomes()
    .flatMap(({ name, failure }) =>
      failure === null ? [] : [`${name}: ${JSON.stringify(failure)}`],
    )
    .join('\n');
}
