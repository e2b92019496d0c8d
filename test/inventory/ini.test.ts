import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeText } from '../../src/core/position.js';
import { parseInventory } from '../../src/inventory/index.js';

function problems(text: string, file = 'hosts.ini'): readonly string[] {
  const inventory = parseInventory([{ file, text }]);
  const found = inventory.ok ? inventory.value.notes : inventory.error;
  return found.map((one) => `${placeText(one.at)} ${one.code}: ${one.message} (${one.help})`);
}

describe('mistakes in an INI inventory, each at its place', () => {
  it.each([
    ['a section that is none', 'cp1\n[et cd]\n', ['hosts.ini:2:1 section', 'without spaces']],
    ['a kind of section', '[etcd:var]\nx=1\ny\n', ['hosts.ini:1:1 section', '«var»']],
    ['an undefined child', '[a:children]\n\n b\n', ['hosts.ini:3:2 unknown-group', '[b]']],
    ['variables for nobody', '[a:vars]\nx=1\n', ['hosts.ini:1:1 unknown-group']],
    ['a host without a value', '[a]\ncp1 x=1 root\n', ['hosts.ini:2:9 variable', '«root»']],
    ['a variable without a value', '[a]\n[a:vars]\n  x\n', ['hosts.ini:3:3 variable']],
    ['an open quote', "cp1 x='a\n", ['hosts.ini:1:1 quoting', 'is not closed']],
    ['a range', 'cp[3:1]\n', ['hosts.ini:1:1 host-name', '3 is above 1']],
    ['YAML', 'all:\n  hosts:\n', ['hosts.ini:1:1 host-name', 'looks like YAML', '.yml']],
    ['a child with variables', '[a:children]\nb x=1\n', ['hosts.ini:2:1 group-name']],
    ['the controller', 'controller\n', ['hosts.ini:1:1 host-name', 'runback runs on']],
    ['a priority', '[a]\n[a:vars]\nansible_group_priority=high\n', ['hosts.ini:3:24 priority']],
    ['a port', 'cp1:99999\n', ['hosts.ini:1:1 host-name', 'not a port']],
  ])('%s', (_, text, parts) => {
    const found = problems(text);
    expect(found.length, found.join('\n')).toBe(1);
    for (const part of parts) expect(found[0]).toContain(part);
  });

  it('all at once', () => {
    const codes = problems('[a b]\ncp1 x\n[c:children]\nd\n').map((one) => one.split(' ')[1]);
    expect(codes).toEqual(['section:', 'variable:', 'unknown-group:']);
  });

  it('points at the value of a variable', () => {
    const inventory = parseInventory([
      { file: 'h', text: 'cp1 a=1  ansible_user="x y"\n[g]\ncp1\n[g:vars]\n b =  2\n' },
    ]);
    const vars = inventory.ok ? inventory.value.hosts[0]?.vars : undefined;
    expect(placeText(vars?.get('ansible_user')?.at as never)).toBe('h:1:23');
    expect(placeText(vars?.get('b')?.at as never)).toBe('h:5:7');
  });
});

describe('a file says by its name and its content what it is', () => {
  it.each([
    ['inventory of settings', 'x.yml', 'plugin: amazon.aws.aws_ec2\nregions: [a]\n', 'plugin'],
    ['TOML', 'x.toml', '[all]\n', 'toml'],
    ['an encrypted file', 'x.yml', '$ANSIBLE_VAULT;1.1;AES256\n00\n', 'encrypted-file'],
    ['broken YAML without extension', 'hosts', 'all:\n  hosts: [\n', 'yaml'],
    ['broken INI without extension', 'hosts', 'cp1 x=1 y\n', 'variable'],
    ['a section in a file named .yml', 'x.yml', '[etcd]\ncp1 x\n', 'variable'],
  ])('%s', (_, file, text, code) => {
    expect(problems(text, file).map((one) => one.split(' ')[1])).toEqual([`${code}:`]);
  });
});

it('never throws, and never hangs', () => {
  const piece = fc.constantFrom(
    ...['[', ']', ':', '=', "'", '"', '\\', '#', ' ', '\n', 'a', '1', ',', '{', '}', '(', ')', '.'],
    ...['[g]\n', '[g:vars]\n', '[h:children]\n', '\u2028', 'e', '_', '-', 'True', "b'", '\\x4'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const inventory = parseInventory([{ file: 'f.ini', text: pieces.join('') }]);
      if (!inventory.ok) expect(inventory.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 3_000 },
  );
});
