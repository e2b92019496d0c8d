import { describe, expect, it } from 'vitest';
import type { Inventory, InventoryHost } from '../../src/core/inventory.js';
import type { Json } from '../../src/core/json.js';
import { placeText } from '../../src/core/position.js';
import {
  keepInventory,
  parseInventory,
  usableHost,
  type VarsEntry,
} from '../../src/inventory/index.js';
import { hostsMatching } from '../../src/plan/index.js';
import { readSite } from './read-site.js';

const TEXT = { file: 'hosts', text: '[etcd]\ncp1\n' };

function withGroupVars(...groups: readonly VarsEntry[]) {
  const folder = { groups, hosts: [] };
  return parseInventory([TEXT], { inventory: [folder], playbook: [] });
}

function file(name: string, text: string): VarsEntry {
  return { name, file: `group_vars/${name}`, text };
}

function found(read: ReturnType<typeof withGroupVars>): readonly string[] {
  const all = read.ok ? read.value.notes : read.error;
  return all.map((one) => `${one.severity} ${placeText(one.at)} ${one.code}`);
}

describe('files of variables', () => {
  it('are looked at only when somebody has them', () => {
    expect(found(withGroupVars(file('nobody.yml', '[broken')))).toEqual([]);
    expect(found(withGroupVars(file('etcd.yml', '[broken')))).toEqual([
      'error group_vars/etcd.yml:1:8 yaml',
    ]);
  });

  it('may hold a key twice, as Ansible has it: the later one wins, and it is said', () => {
    const read = withGroupVars(file('etcd.yml', 'x: 1\ny: 2\nx: 3\n'));
    expect(found(read)).toEqual(['warning group_vars/etcd.yml:3:1 duplicate-key']);
    const x = read.ok ? read.value.hosts[0]?.vars.get('x') : undefined;
    expect([x?.value, placeText(x?.at as never)]).toEqual([3, 'group_vars/etcd.yml:3:4']);
  });

  it('may be encrypted as a whole, which is said', () => {
    const read = withGroupVars(file('all.yml', '$ANSIBLE_VAULT;1.1;AES256\n00\n'));
    expect(found(read)).toEqual(['warning group_vars/all.yml:1:1 encrypted-file']);
  });

  it.each([
    ['a list', file('etcd', '- a\n'), 'shape'],
    ['unreadable', { name: 'etcd', file: 'group_vars/etcd', why: 'no' }, 'cannot-read'],
  ])('may not be %s', (_, entry, code) => {
    expect(found(withGroupVars(entry))).toEqual([`error group_vars/etcd:1:1 ${code}`]);
  });
});

describe('a value that cannot be used', () => {
  const text = `
all:
  hosts: {cp1: }
  vars:
    sealed: !vault |
      $ANSIBLE_VAULT;1.1;AES256
    template: "{{ x }}"
    block: ["a", "{% if x %}"]
    literal: !unsafe "{{ x }}"
    nested: {a: !unsafe b, c: [!vault d]}
    plain: {a: b}
`;
  const read = parseInventory([{ file: 'i.yml', text }]);
  const inventory = read.ok ? read.value : (undefined as never as Inventory);

  it('is no mistake where it stands', () => {
    expect(inventory.notes).toEqual([]);
  });

  it.each<[string, Json | undefined, readonly string[]]>([
    ['sealed', undefined, ['i.yml:6:1 vault']],
    ['template', undefined, ['i.yml:7:15 jinja']],
    ['block', undefined, ['i.yml:8:12 jinja']],
    ['nested', undefined, ['i.yml:10:13 vault']],
    ['literal', '{{ x }}', []],
    ['plain', { a: 'b' }, []],
    ['absent', undefined, []],
  ])('is one when it is asked for: %s', (name, value, expected) => {
    const problems: string[] = [];
    const host = usableHost(inventory.hosts[0] as InventoryHost, ({ at, code }) => {
      problems.push(`${placeText(at)} ${code}`);
    });
    expect(host.vars.get(name)?.value).toEqual(value);
    expect(problems).toEqual(expected);
  });

  it('is not kept with a run', () => {
    const kept = keepInventory(inventory, ['sealed', 'template', 'literal', 'plain'], () => ({}));
    const again = parseInventory([kept]);
    const vars = again.ok ? [...(again.value.hosts[0]?.vars.keys() ?? [])] : [];
    expect(vars).toEqual(['literal', 'plain']);
    expect(kept.text).not.toContain('ANSIBLE_VAULT');
  });
});

describe('what a run keeps', () => {
  const { inventory } = readSite({ name: 'patterns', inventories: ['hosts.ini'] });
  const kept = parseInventory([keepInventory(inventory, [], () => ({}))]);
  const again = kept.ok ? kept.value : (undefined as never as Inventory);

  it.each(['all', 'cluster', 'web:etcd', '*e*', 'all[0]', 'cp*[-1]', 'ungrouped', '~.*[13]$'])(
    'gives the same hosts in the same order: %s',
    (pattern) => {
      expect(hostsMatching(pattern, again)).toEqual(hostsMatching(pattern, inventory));
    },
  );

  it('gives every host its groups', () => {
    const groups = (one: Inventory) => one.hosts.map((host) => [host.name, host.groups]);
    expect(groups(again)).toEqual(groups(inventory));
  });
});
