import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lookAt } from '../../src/cli/files.js';
import { runInventoryProgram } from '../../src/cli/inventory-program.js';
import { placeText } from '../../src/core/position.js';
import { hostsToAsk, parseInventory } from '../../src/inventory/index.js';

const folder = mkdtempSync(join(tmpdir(), 'runback-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

function program(name: string, text: string, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function failed(script: string, timeMsMax = 60_000): string {
  const ran = runInventoryProgram(program('x', `#!/bin/sh\n${script}\n`), ['--list'], timeMsMax);
  return ran.ok ? ran.value : `${ran.error.message}: ${ran.error.detail}`;
}

describe('an inventory that is a program', () => {
  it('is one when it may be executed and begins as one', () => {
    expect(lookAt(program('a', '#!/bin/sh\n')).kind).toBe('program');
    expect(lookAt(program('b', '[etcd]\n')).kind).toBe('file');
    expect(lookAt(program('c', '#!/bin/sh\n', 0o644)).kind).toBe('file');
    expect(lookAt(folder).kind).toBe('folder');
    expect(lookAt('/dev/null').kind).toBe('other');
    expect(lookAt(join(folder, 'none')).kind).toBe('nothing');
  });

  it('says what it said last when it fails', () => {
    expect(failed('echo one >&2; echo two >&2; exit 3')).toMatch(/exit code 3: one \/ two$/);
    expect(failed('kill -9 $$')).toContain('was ended by SIGKILL');
  });

  it('gets its words as they are, without a shell', () => {
    const path = program('words', '#!/bin/sh\nprintf "<%s>" "$@"\n');
    const ran = runInventoryProgram(path, ['--host', '$(id); a'], 60_000);
    expect(ran).toEqual({ ok: true, value: '<--host><$(id); a>' });
  });

  it('can neither hang, even by a child of its own, nor flood', () => {
    expect(failed('exec sleep 100', 100)).toContain('took too long');
    expect(failed('sleep 100 & wait', 100)).toContain('took too long');
    expect(failed('exec cat /dev/zero')).toContain('more than 64 MiB');
  });
});

describe('what it prints', () => {
  const problems = (text: string): readonly string[] => {
    const read = parseInventory([{ kind: 'program', file: 'x --list', text }]);
    return read.ok ? [] : read.error.map((one) => `${placeText(one.at)} ${one.code}`);
  };

  it.each([
    ['no JSON', 'etcd: {hosts: [a]}', ['x --list:1:1 json']],
    ['nothing', '', ['x --list:1:1 json']],
    ['a list', '[]', ['x --list:1:1 shape']],
    ['hosts in a map', '{"a": {"hosts": {"b": 1}}}', ['x --list:1:7 shape']],
    ['variables in a list', '{"a": {"vars": [1]}}', ['x --list:1:16 shape']],
    ['a name that is none', '{"a": {"hosts": ["-o", 1]}}', Array(2).fill('x --list:1:7 host-name')],
    ['a loop', '{"a": {"children": ["b"]}, "b": {"children": ["a"]}}', ['x --list:1:2 group-loop']],
    [
      'host variables that are none',
      '{"_meta": {"hostvars": {"h": 1}}, "a": ["h"]}',
      ['x --list:1:30 shape'],
    ],
  ])('%s is a mistake at its place', (_, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('is asked for hosts one by one only without _meta', () => {
    expect(hostsToAsk('{"a": ["x", "y"], "b": {"hosts": ["x"]}, "c": {"v": 1}}')).toEqual([
      'x',
      'y',
      'c',
    ]);
    expect(hostsToAsk('{"a": ["x"], "_meta": {"hostvars": {}}}')).toEqual([]);
    expect(hostsToAsk('{"a": ["x"], "_meta": {}}')).toEqual(['x']);
  });

  it('may hold mistakes about one host', () => {
    const text = '{"a": ["h"]}';
    const hostTexts = [{ host: 'h', text: '{"x": ' }];
    const read = parseInventory([{ kind: 'program', file: 'p --list', text, hostTexts }]);
    expect(read.ok ? [] : read.error.map((one) => placeText(one.at))).toEqual(['p --host h:1:1']);
  });
});
