import { describe, expect, it } from 'vitest';
import { EVERY_KEYWORD as BOOK } from './every-keyword.js';
import { accepted, diagnostics } from './read.js';

type Mistake = readonly [meant: string, typed: string, code: string, line: string, help?: string];

/** What was meant, what was typed, the stable code, and a part of the help. The line is that of `typed`. */
const mistakes: readonly Mistake[] = [
  // keywords
  ['plays:\n', 'palys:\n', 'unknown-keyword', 'palys:', 'plays'],
  ['    hosts: etcd', '    host: etcd', 'unknown-keyword', 'host: etcd', 'hosts'],
  ['    serial:', '    seriel:', 'unknown-keyword', 'seriel:', 'serial'],
  ['    strategy:', '    stratgy:', 'unknown-keyword', 'stratgy:', 'strategy'],
  ['max_fail_percentage', 'max_fail_percent', 'unknown-keyword', 'max_fail_percent', 'percentage'],
  ['        retries: 3', '        retrys: 3', 'unknown-keyword', 'retrys', 'retries'],
  ['        delegate_to:', '        delegateto:', 'unknown-keyword', 'delegateto', 'delegate_to'],
  ['        loop: $', '        with_items: $', 'unknown-keyword', 'with_items', 'write `loop:`'],
  ['        throttle: 1', '        notify: x', 'unknown-keyword', 'notify', 'when: results'],
  ['    become: true', '    gather_facts: no', 'unknown-keyword', 'gather_facts', 'leave it out'],
  [
    '        ignore_errors',
    '        ignore_error',
    'unknown-keyword',
    'ignore_error',
    'ignore_errors',
  ],
  [
    '        undo: [unpatch]',
    '        become_user: x\n        undo: [unpatch]',
    'not-yet',
    'become_user',
  ],
  // values of keywords
  ['serial: [1, 30%]', 'serial: 0', 'wrong-value', 'serial: 0', '30%'],
  ['serial: [1, 30%]', 'serial: 130%', 'wrong-value', 'serial: 130%'],
  ['serial: [1, 30%]', 'serial: []', 'wrong-value', 'serial: []'],
  ['serial: [1, 30%]', 'serial: ${{ vars.ports }}', 'serial-expression', 'serial: $'],
  ['strategy: free', 'strategy: fast', 'wrong-value', 'strategy: fast', 'one of the two'],
  ['max_fail_percentage: 20', 'max_fail_percentage: 200', 'wrong-value', 'percentage: 200'],
  ['any_errors_fatal: false', 'any_errors_fatal: maybe', 'wrong-type', 'any_errors_fatal: maybe'],
  ['unreachable: true', 'unreachable: perhaps', 'wrong-type', 'ignore_unreachable: perhaps'],
  ['retries: 3', 'retries: many', 'wrong-value', 'retries: many'],
  ['retries: 3', 'retries: -1', 'wrong-value', 'retries: -1'],
  ['delay: 2s', 'delay: 2 seconds', 'wrong-value', 'delay: 2 seconds', '90s'],
  ['timeout: 10m', 'timeout: 10 min', 'wrong-value', 'timeout: 10 min'],
  ['throttle: 1', 'throttle: all', 'wrong-value', 'throttle: all'],
  ['throttle: 1', 'delay: 3s', 'no-effect', 'delay: 3s', 'until'],
  ['tags: look', 'tags: all', 'reserved-tag', 'tags: all'],
  ['tags: look', 'tags: ["${{ vars.mirror }}"]', 'tags-expression', 'tags: ["$'],
  ['tags: [version, always]', 'tags: [7]', 'wrong-type', 'tags: [7]'],
  ['LANG: C', 'MY-LANG: C', 'environment-name', 'MY-LANG: C'],
  ['LANG: C', 'LANG: [C]', 'wrong-type', 'LANG: [C]'],
  ['LANG: C', 'LANG: ${{ vars.token }}', 'secret', 'LANG: $'],
  ['HOME: /root', 'HOME: ${{ vars.ports }}', 'wrong-type', 'HOME: $'],
  ['ignore_errors: true', 'ignore_errors: always', 'wrong-type', 'ignore_errors: always'],
  // loops
  ['loop: ${{ vars.ports }}', 'loop: ${{ vars.port }}', 'undeclared-var', 'vars.port ', 'ports'],
  ['loop: ${{ vars.ports }}', 'loop: ${{ vars.mirror }}', 'wrong-type', 'vars.mirror }}', 'list'],
  ['loop: ${{ vars.ports }}', 'loop: ports', 'wrong-type', 'loop: ports', '${{ vars.NAME }}'],
  ['loop: ${{ vars.ports }}', 'loop: ["${{ vars.token }}"]', 'secret', 'vars.token'],
  [':${{ item }}', ':${{ itm }}', 'unknown-name', 'itm', 'item'],
  ['${{ item.port }}', '${{ item.prot }}', 'wrong-field', 'item.prot', 'port'],
  ['message: done', 'message: "${{ item }}"', 'unknown-name', 'message: "${{ item }}"', '`loop`'],
  [
    'results.sockets[0].stdout',
    'results.sockets.stdout',
    'not-one',
    'results.sockets.stdout',
    '[0]',
  ],
  ['one.rc == 0', 'one.cr == 0', 'wrong-field', 'one.cr'],
  // what a task says of its own result
  ['failed_when: result.rc > 1', 'failed_when: result.cr > 1', 'wrong-field', 'result.cr', 'rc'],
  ['failed_when: result.rc > 1', 'failed_when: result.rc', 'not-boolean', 'failed_when: result.rc'],
  ['until: results.version', 'until: results.versoin', 'unknown-register', 'versoin', 'version'],
  [
    'until: results.version',
    'until: results.sockets',
    'register-before-use',
    'until: results.sockets',
  ],
  ['changed_when: false', 'changed_when: []', 'wrong-value', 'changed_when: []'],
  ['- results.version.ran', '- result.ran', 'unknown-name', '- result.ran', 'until'],
  ['run_once: true', 'failed_when: false', 'judges-itself', 'failed_when: false', 'assert'],
  // arguments beside the module
  ['          undo: nothing\n', '', 'missing-argument', 'argv: [etcd', 'takes it back'],
  [
    '        creates: /run/etcd',
    '        creates: run/etcd',
    'wrong-argument',
    'creates: run/etcd',
  ],
  ['        undo: nothing', '        undo: noting', 'wrong-argument', '        undo: noting'],
  ['        run_once: true', '        creates: /x', 'unknown-argument', 'creates: /x'],
  [
    '          argv: [patch, "${{ vars.mirror }}"]\n',
    '          argv: [patch]\n          undo: nothing\n',
    'written-twice',
    'undo: [unpatch]',
    'keep one',
  ],
  // delegation
  ['groups["etcd"][0]', 'groups["etcd"]', 'wrong-type', 'delegate_to:', 'LIST[0]'],
  [
    'groups["etcd"][0]',
    'results.version.stdout',
    'unknown-name',
    'delegate_to:',
    'before any host',
  ],
  ['groups["etcd"][0]', 'vars.token', 'secret', 'delegate_to:'],
  // words that do not go together
  ['any_errors_fatal: false', 'whole: true\n    become: true', 'whole-parted', 'strategy: free'],
  [
    '    hosts: etcd\n    become: true\n    tags: look\n    environment:\n      LANG: C\n    tasks:\n      - name: Ask for the version',
    '    hosts: etcd\n    become: true\n    whole: true\n    tasks:\n      - name: Ask for the version\n        ignore_unreachable: true',
    'whole-parted',
    'ignore_unreachable: true',
  ],
  [
    '- debug: { message: done }',
    '- debug: { message: done }\n        throttle: 2',
    'not-in-free',
    'throttle: 2',
  ],
  ['throttle: 1', 'point_of_no_return: true', 'no-return-in-part', 'point_of_no_return'],
];

describe('a playbook with every keyword', () => {
  it('is right as it stands', () => {
    const tasks = accepted(BOOK).plays.flatMap((play) => play.tasks);
    expect(tasks).toHaveLength(6);
  });

  it('has at least forty mistakes typed into it', () => {
    expect(mistakes.length).toBeGreaterThanOrEqual(40);
  });

  it.each(mistakes.map((one) => ({ one, name: `«${one[0].trim()}» typed as «${one[1].trim()}»` })))(
    'is told once, on its line: $name',
    ({ one: [meant, typed, code, line, help] }) => {
      const text = BOOK.replace(meant, () => typed);
      expect(text, 'the mistake is in the text').not.toBe(BOOK);
      const found = diagnostics(text);
      const [first] = found;
      expect(first?.code, JSON.stringify(found)).toBe(code);
      expect(text.split('\n')[(first?.at.line ?? 0) - 1]).toContain(line);
      if (help !== undefined) expect(first?.help).toContain(help);
      expect(found, 'one mistake, one finding').toHaveLength(1);
    },
  );
});
