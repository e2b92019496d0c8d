import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Lab, live, OPS_PASSWORD } from '../lab/index.js';
import { type Ended, lastEvent, runback } from './runback.js';
import { withLab } from './with-site.js';

const PLAYBOOK = `name: Leave a mark
plays:
  - name: Mark
    hosts: all
    become: true
    tasks:
      - name: Write who is here
        command:
          argv: [sh, -c, "id -un >/var/lib/mark"]
          creates: /var/lib/mark
        undo: nothing
`;

live('connections as a person makes them', () => {
  let lab: Lab;
  let directory: string;

  withLab({ name: 'reach', members: 3, start: 'hosts-only' }, (made) => {
    lab = made;
    directory = mkdtempSync(join(tmpdir(), 'runback-reach-'));
    write('mark.yml', PLAYBOOK);
    write('password', `${OPS_PASSWORD}\n`);
    write('wrong', 'not the password\n');
    write('hosts.yml', inventory({ user: 'ops', knownHosts: lab.knownHostsFile }));
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o600);
  }

  /** cp2 and cp3 behind cp1. */
  function inventory(say: { readonly user: string; readonly knownHosts: string }): string {
    const jump = `-J guest@${lab.host('cp1').address}`;
    const vars = {
      ansible_user: say.user,
      ansible_ssh_private_key_file: lab.privateKeyFile,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${say.knownHosts} ${jump}`,
      runback_cluster: 'reach',
    };
    const hosts = ['cp2', 'cp3'].map((name) => [name, { ansible_host: lab.host(name).address }]);
    return JSON.stringify({ all: { vars, hosts: Object.fromEntries(hosts) } });
  }

  function command(...words: readonly string[]): Promise<Ended> {
    return runback([...words, '-i', 'hosts.yml', '--output', 'json'], directory);
  }

  function sudoLog(): string {
    return lab.hosts
      .map((host) => join(host.root, 'var/log/sudo.log'))
      .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
      .join('');
  }

  function wrongTries(): number {
    return sudoLog().match(/incorrect password/g)?.length ?? 0;
  }

  /** Whether any file below a folder holds the password; what is no plain file is passed over. */
  function holdsPassword(folder: string): readonly string[] {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      .filter((path) => readFileSync(path).includes(OPS_PASSWORD));
  }

  it('come through a bastion to root, and the password stands nowhere', async () => {
    const seen: string[] = [];
    const watch = {
      onEvent: () => {
        for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
          for (const what of ['cmdline', 'environ']) {
            try {
              const text = readFileSync(`/proc/${pid}/${what}`, 'utf8');
              if (text.includes(OPS_PASSWORD)) seen.push(`${pid} ${text}`);
            } catch {
              // It has ended.
            }
          }
        }
      },
    };
    const words = ['run', 'mark.yml', '--yes', '--become-password-file', 'password'];
    const ended = await runback(
      [...words, '-i', 'hosts.yml', '--output', 'json'],
      directory,
      watch,
    );
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(readFileSync(lab.host('cp3').path('/var/lib/mark'), 'utf8')).toBe('root\n');
    expect(seen).toEqual([]);
    expect(ended.stdout + ended.stderr).not.toContain(OPS_PASSWORD);
    expect(holdsPassword(join(directory, '.runback'))).toEqual([]);
    expect(lab.hosts.flatMap(({ root }) => holdsPassword(join(root, 'var')))).toEqual([]);
    expect(sudoLog()).not.toContain(OPS_PASSWORD);
  });

  it('need the password again when the run is taken back', async () => {
    const without = await runback(['rollback', '--yes', '--output', 'json'], directory);
    expect(without.code).not.toBe(0);
    expect(without.stdout).toContain('sudo-wants-password');
  });

  it('end at a wrong password, tried once and on one host', async () => {
    const before = wrongTries();
    const ended = await command('run', 'mark.yml', '--yes', '--become-password-file', 'wrong');
    expect(ended.code).toBe(3);
    expect(lastEvent(ended).failure).toMatchObject({ kind: 'sudo-refused' });
    expect(wrongTries() - before).toBe(1);
    const none = await command('run', 'mark.yml', '--yes');
    expect(none.code).toBe(3);
    expect(lastEvent(none).failure).toMatchObject({ code: 'sudo-wants-password' });
  });

  it('ask for the password on a terminal, and show nothing of what is typed', async () => {
    const words = [resolve('bin/runback'), 'plan', 'mark.yml', '-i', 'hosts.yml', '-K'];
    const line = [process.execPath, ...words].join(' ');
    const onTerminal = (answer: string) => {
      const terminal = spawn('script', ['-qefc', line, '/dev/null'], { cwd: directory });
      return answering(terminal, 'sudo password: ', answer);
    };
    const { code, shown } = await onTerminal(`wrong\u0015${OPS_PASSWORD}!\u007f\r`);
    expect(code, shown).toBe(0);
    expect(shown).toContain('cp3');
    expect(shown).not.toContain('lab password');
    expect(await onTerminal('half\u0003')).toMatchObject({ code: 130 });
  });

  it('open an encrypted key with a passphrase out of a file, and name the key where none is', async () => {
    const key = join(directory, 'locked');
    const words = ['-q', '-t', 'ed25519', '-a', '1', '-N', 'open sesame', '-f', key];
    execFileSync('ssh-keygen', words);
    for (const [name, home] of [
      ['cp1', 'home/guest'],
      ['cp2', 'root'],
      ['cp3', 'root'],
    ] as const) {
      const file = join(lab.host(name).root, home, '.ssh/authorized_keys');
      appendFileSync(file, readFileSync(`${key}.pub`));
    }
    write('phrase', 'open sesame\n');
    const text = inventory({ user: 'root', knownHosts: lab.knownHostsFile });
    write('locked.yml', text.replace(lab.privateKeyFile, key));
    const plan = ['plan', 'mark.yml', '-i', 'locked.yml', '--output', 'json'];
    const opened = await runback([...plan, '--private-key-passphrase-file', 'phrase'], directory);
    expect(opened.code, opened.stdout + opened.stderr).toBe(0);
    const wrong = await runback([...plan, '--private-key-passphrase-file', 'wrong'], directory);
    expect([wrong.code, wrong.stdout]).toEqual([2, expect.stringContaining('wrong-passphrase')]);
    const without = await runback(plan, directory);
    expect(without.code).toBe(3);
    expect(lastEvent(without).failure).toMatchObject({
      code: 'private-key-locked',
      next: expect.stringContaining(`ssh-add ${key}`),
    });
  });

  it('are trusted after a yes only, bastions first, and a changed key never', async () => {
    const knownHosts = join(directory, 'known_hosts');
    write('hosts.yml', inventory({ user: 'root', knownHosts }));
    const unasked = await command('trust');
    expect(unasked.code).toBe(3);
    expect(existsSync(knownHosts)).toBe(false);
    const trusted = await command('trust', '--yes');
    expect(trusted.code, trusted.stdout + trusted.stderr).toBe(0);
    const states = trusted.events.filter((event) => event.type === 'host-keys');
    expect(states.map(({ host, state }) => [host, state])).toEqual([
      [null, 'new'],
      ['cp2', 'new'],
      ['cp3', 'new'],
    ]);
    const again = await command('trust');
    expect(again.code).toBe(0);
    expect((await command('plan', 'mark.yml')).code).toBe(0);

    const lines = readFileSync(knownHosts, 'utf8').split('\n');
    const [two, three] = [lab.host('cp2').address, lab.host('cp3').address];
    const keyOfTwo = lines.find((one) => one.startsWith(`${two} `))?.slice(two.length);
    const swapped = lines.map((one) => (one.startsWith(`${three} `) ? `${three}${keyOfTwo}` : one));
    write('known_hosts', swapped.join('\n'));
    const changed = await command('trust', '--yes');
    expect(changed.code).toBe(3);
    expect(changed.events.at(-1)).toMatchObject({ host: 'cp3', state: 'changed' });
    expect(readFileSync(knownHosts, 'utf8')).toBe(swapped.join('\n'));
    expect((await command('run', 'mark.yml', '--yes')).code).toBe(3);
  });

  it('need no ssh on the machine itself, and become root there with the same sudo', async () => {
    const host = lab.host('cp1');
    installIn(join(host.root, 'opt/runback'));
    cpSync(join(directory, 'mark.yml'), join(host.root, 'home/ops/mark.yml'));
    const file = join(host.root, 'home/ops/hosts.yml');
    const vars = { ansible_connection: 'local', runback_cluster: 'reach' };
    writeFileSync(file, JSON.stringify({ all: { hosts: { localhost: vars } } }));
    writeFileSync(join(host.root, 'home/ops/password'), OPS_PASSWORD);
    const own = 'chown ops: /home/ops/* && chmod 600 /home/ops/password && chmod 755 /home/ops';
    await host.run(['sh', '-c', own]);
    const as = ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', '--'];
    const inHome = ['sh', '-c', 'cd /home/ops && exec "$@"', 'sh'];
    const node = '/opt/lab/components/node';
    const words = [
      'run',
      'mark.yml',
      '--yes',
      '-i',
      'hosts.yml',
      '--become-password-file',
      'password',
    ];
    const ended = await host.run([...as, ...inHome, node, '/opt/runback/bin/runback', ...words]);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(readFileSync(host.path('/var/lib/mark'), 'utf8')).toBe('root\n');
  });
});

/** Waits for a question on a terminal, answers it, and gives all that was shown. */
async function answering(
  terminal: ChildProcess,
  question: string,
  answer: string,
): Promise<{ readonly code: number | null; readonly shown: string }> {
  let shown = '';
  let isAnswered = false;
  terminal.stdout?.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (isAnswered || !shown.includes(question)) return;
    isAnswered = true;
    terminal.stdin?.write(answer);
  });
  const code = await new Promise<number | null>((done) => {
    terminal.on('close', (exitCode) => done(exitCode));
  });
  return { code, shown };
}

/** runback as it is built, with the packages that it needs and no others. */
function installIn(folder: string): void {
  for (const name of ['bin', 'package.json']) cpSync(name, join(folder, name), { recursive: true });
  cpSync('dist', join(folder, 'dist'), { recursive: true });
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: { readonly [path: string]: { readonly dev?: true } };
  };
  const needed = Object.keys(lock.packages).filter(
    (path) => path.startsWith('node_modules/') && lock.packages[path]?.dev !== true,
  );
  for (const path of needed.filter((one) => existsSync(one))) {
    cpSync(path, join(folder, path), { recursive: true });
  }
}
