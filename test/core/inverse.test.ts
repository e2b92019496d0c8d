import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import { sha256 } from '../../src/core/hash.js';
import { inverseOf } from '../../src/core/inverse.js';
import type { ChangeId } from '../../src/core/names.js';
import type { Receipt } from '../../src/core/receipt.js';

const id = 'abc' as ChangeId;
const done = (stdoutTail = ''): Receipt => ({
  state: 'done',
  id,
  exitCode: 0,
  stdoutTail,
  stderrTail: '',
  durationMs: 1,
});

describe('the inverse', () => {
  it('of a rename moves back only when the other end is free', () => {
    expect(inverseOf({ kind: 'rename', from: '/a', to: '/b' }, id, done())).toEqual([
      {
        when: [
          { path: '/b', is: 'missing' },
          { path: '/a', is: 'present' },
        ],
        changes: [],
      },
      {
        when: [
          { path: '/b', is: 'present' },
          { path: '/a', is: 'missing' },
        ],
        changes: [{ kind: 'rename', from: '/b', to: '/a' }],
      },
    ]);
  });

  it('of a removal brings it back out of the trash', () => {
    const cases = inverseOf({ kind: 'remove', path: '/a', trash: '/trash' }, id, done());
    expect(cases?.[1]?.changes).toEqual([{ kind: 'rename', from: '/trash/abc', to: '/a' }]);
  });

  it('of telling systemd to read its units anew is telling it again', () => {
    const change = { kind: 'service', unit: 'etcd.service', verb: 'daemon-reload' } as const;
    expect(inverseOf(change, id, done())).toEqual([{ when: [], changes: [change] }]);
  });

  it('of a new file takes it away only while it holds what was written', () => {
    const change: Change = {
      kind: 'write-file',
      path: '/a',
      text: 'new',
      mode: 0o600,
      trash: '/trash',
    };
    const cases = inverseOf(change, id, done()) ?? [];
    expect(cases[2]).toEqual({
      when: [
        { path: '/trash/abc', is: 'missing' },
        { path: '/a', is: 'digest', sha256: sha256('new') },
      ],
      changes: [{ kind: 'remove', path: '/a', trash: '/trash' }],
    });
  });

  it('of a directory takes away what the receipt says was made, deepest first', () => {
    const change: Change = { kind: 'make-directory', path: '/a/b', mode: 0o700 };
    expect(inverseOf(change, id, done('/a\n/a/b\n'))?.[0]?.changes).toEqual([
      { kind: 'remove-empty-directories', paths: ['/a/b', '/a'] },
    ]);
  });

  it('of a transfer that was cut off takes away what had come', () => {
    const sent = { from: '/here', to: '/there/db', sha256: 'ab', sizeBytes: 2, mode: 0o600 };
    const [cut] = inverseOf({ kind: 'send', ...sent }, id, { state: 'never', id }) ?? [];
    const path = '/there/.db.abc.part';
    expect(cut).toEqual({
      when: [{ path, is: 'present' }],
      changes: [{ kind: 'remove', path, trash: '/there' }],
    });
  });

  it('of a command is known only to its module', () => {
    const argv = ['true'] as const;
    const change: Change = { kind: 'run', argv, timeoutMs: 1, repeatable: false, effects: [] };
    expect(inverseOf(change, id, done())).toBeNull();
  });
});
