import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, live } from '../lab/index.js';
import type { Ended } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

/** The words that a real host must bear out, each with a trace that it leaves there. */
const BOOK = `name: Words
vars:
  here: /var/lib/words
  ports: [1, 2]
plays:
  - name: Together
    hosts: etcd
    become: true
    environment: { GREETING: "hello \${{ host.name }}" }
    tasks:
      - name: Make the place
        command: { argv: [mkdir, -p, "\${{ vars.here }}"] }
        undo: [rmdir, "\${{ vars.here }}"]
        creates: \${{ vars.here }}
      - name: Once for each
        command: { argv: [sh, -c, 'echo "$GREETING $N" > "$0"', "\${{ vars.here }}/\${{ item }}"] }
        undo: [rm, -f, "\${{ vars.here }}/\${{ item }}"]
        environment: { N: "\${{ item }}" }
        loop: \${{ vars.ports }}
        register: each
      - name: Until it has been tried three times
        command: { argv: [sh, -c, 'echo x >> "$0"; wc -l < "$0"; exit 7', "\${{ vars.here }}/tries"] }
        undo: [rm, -f, "\${{ vars.here }}/tries"]
        until: int(result.stdout_lines[0]) >= 3
        failed_when: result.rc != 7
        retries: 5
        delay: 0
        register: tries
      - name: May fail
        command: { argv: ["false"] }
        undo: nothing
        ignore_errors: true
        register: bad
      - name: On the third for all
        command: { argv: [sh, -c, 'echo "$1" >> "$0"', "\${{ vars.here }}/visitors", "\${{ host.name }}"] }
        undo: [rm, -f, "\${{ vars.here }}/visitors"]
        delegate_to: cp3
        throttle: 1
      - name: Say it
        debug:
          message: >-
            \${{ results.each.size() }} \${{ results.each.all(one, one.changed) }}
            \${{ results.tries.rc }} \${{ results.bad.failed }}
  - name: In turn
    hosts: etcd
    become: true
    serial: [1, 2]
    tasks:
      - name: First
        command: { argv: [touch, "\${{ vars.here }}/first"] }
        undo: [rm, -f, "\${{ vars.here }}/first"]
        tags: turn
      - name: Second
        command: { argv: [touch, "\${{ vars.here }}/second"] }
        undo: [rm, -f, "\${{ vars.here }}/second"]
`;

live('the words of the language, on real hosts', () => {
  let lab: Lab;
  let site: Site;
  let ended: Ended;

  withSite({ name: 'words', start: 'hosts-only' }, async (made) => {
    ({ lab, site } = made);
    writeFileSync(join(site.directory, 'playbooks/words.yml'), BOOK);
    ended = await site.run('words.yml');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  });

  const text = (host: string, file: string): string =>
    readFileSync(lab.host(host).path(`/var/lib/words/${file}`), 'utf8');

  it('a loop runs once for each item, with the environment of play and task', () => {
    expect(text('cp2', '1')).toBe('hello cp2 1\n');
    expect(text('cp2', '2')).toBe('hello cp2 2\n');
  });

  it('until tries again, and failed_when says what an exit code means', () => {
    expect(text('cp1', 'tries')).toBe('x\nx\nx\n');
    const retried = ended.events.filter((event) => event.type === 'step.retried');
    expect(retried.filter((event) => event.host === 'cp1')).toHaveLength(2);
  });

  it('what is delegated is done there, for each host in turn', () => {
    expect(text('cp3', 'visitors')).toBe('cp1\ncp2\ncp3\n');
    expect(() => text('cp1', 'visitors')).toThrow();
  });

  it('results are lists behind a loop, and failures that are ignored are told', () => {
    const said = ended.events.find(
      (event) => event.type === 'step.finished' && event.name === 'Say it',
    );
    expect(said?.result).toEqual({ message: '2 true 7 true' });
    const bad = ended.events.filter(
      (event) => event.name === 'May fail' && event.type === 'step.finished',
    );
    expect(bad.map((event) => event.outcome)).toEqual(['ignored', 'ignored', 'ignored']);
  });

  it('a batch is done with all tasks before the next begins', () => {
    const turn = ended.events.filter(
      (event) => event.type === 'step.finished' && /^2\./.test(String(event.task)),
    );
    expect(
      turn.map((event) => `${event.task} ${event.host}`).map((one) => one.slice(0, 3)),
    ).toEqual(['2.1', '2.2', '2.1', '2.1', '2.2', '2.2']);
    expect(turn.slice(0, 2).map((event) => event.host)).toEqual(['cp1', 'cp1']);
  });

  it('is all taken back', async () => {
    const back = await site.command('rollback', '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    for (const host of ['cp1', 'cp2', 'cp3']) expect(() => text(host, '1')).toThrow();
  });
});
