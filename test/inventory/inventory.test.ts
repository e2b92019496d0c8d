import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/core/inventory.js';
import { placeText } from '../../src/core/position.js';
import { parseInventory } from '../../src/inventory/index.js';

function parse(...texts: readonly string[]): Inventory {
  const inventory = parseInventory(
    texts.map((text, index) => ({ file: `${index + 1}.yml`, text })),
  );
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.error, null, 1));
  return inventory.value;
}

function problems(text: string): readonly string[] {
  const inventory = parseInventory([{ file: 'i.yml', text }]);
  const found = inventory.ok ? inventory.value.notes : inventory.error;
  return found.map((one) => `${placeText(one.at)} ${one.code}: ${one.message} (${one.help})`);
}

function vars(inventory: Inventory, name: string): object {
  const host = inventory.hosts.find((one) => one.name === name);
  return Object.fromEntries([...(host?.vars ?? [])].map(([key, { value }]) => [key, value]));
}

describe('groups', () => {
  const inventory = parse(`
all:
  hosts: {cp3: , cp1: , lone: }
  children:
    kube_control_plane: {hosts: {'cp[1:3]': }}
    etcd: {children: {kube_control_plane: }}
    ungrouped: {vars: {u: 1}}
    empty:
`);

  it('keeps the order of the file for hosts, and that of each group for its own', () => {
    expect(inventory.hosts.map((host) => host.name)).toEqual(['cp3', 'cp1', 'lone', 'cp2']);
    expect(inventory.groups.get('etcd')).toEqual(['cp1', 'cp2', 'cp3']);
  });

  it('counts a host among all ancestors of its groups', () => {
    expect(inventory.hosts[0]?.groups).toEqual(['etcd', 'kube_control_plane']);
  });

  it('knows all, ungrouped and groups without hosts', () => {
    expect(inventory.groups.get('all')).toHaveLength(4);
    expect(inventory.groups.get('ungrouped')).toEqual(['lone']);
    expect(inventory.groups.get('empty')).toEqual([]);
    expect(vars(inventory, 'lone')).toEqual({ u: 1 });
  });
});

describe('precedence, as Ansible has it', () => {
  it('all, then the outer group, then the inner, then the host', () => {
    const inventory = parse(`
all:
  vars: {a: all, b: all, c: all, d: all}
inner: {hosts: {h: {d: host}}, vars: {c: inner, d: inner}}
outer: {children: {inner: }, vars: {b: outer, c: outer, d: outer}}
`);
    expect(vars(inventory, 'h')).toEqual({ a: 'all', b: 'outer', c: 'inner', d: 'host' });
  });

  it('siblings by name, unless ansible_group_priority says otherwise', () => {
    const siblings = (priority: string): Inventory =>
      parse(`
b: {hosts: {h: }, vars: {x: b}}
a: {hosts: {h: }, vars: {x: a${priority}}}
`);
    expect(vars(siblings(''), 'h')).toEqual({ x: 'b' });
    expect(vars(siblings(', ansible_group_priority: 2'), 'h')).toEqual({ x: 'a' });
  });

  it('what is written later, for one host in several places and for several sources', () => {
    const inventory = parse(
      'all: {hosts: {h: {x: 1, y: 1}}, children: {g: {hosts: {h: {x: 2}}}}}',
      'g: {hosts: {h: {y: 3}, k: }, vars: {z: 3}}',
    );
    expect(vars(inventory, 'h')).toEqual({ x: 2, y: 3, z: 3 });
    expect(inventory.groups.get('g')).toEqual(['h', 'k']);
    const host = inventory.hosts[0];
    expect(placeText(host?.vars.get('y')?.at as never)).toBe('2.yml:1:20');
  });

  it('takes the port behind a name', () => {
    expect(vars(parse('all: {hosts: {"h:2222": {x: 1}}}'), 'h')).toEqual({
      ansible_port: 2222,
      x: 1,
    });
  });
});

describe('mistakes, all at once and each at its place', () => {
  it.each([
    [
      'a key that is nearly one',
      'all:\n  host:\n    a:\n',
      ['i.yml:2:3 unknown-key', 'did you mean `hosts:`?'],
    ],
    [
      'a host right below a group',
      'etcd:\n  cp1:\n',
      ['i.yml:2:3 unknown-key', 'did you mean to write cp1 under `children:`'],
    ],
    ['a list of hosts', 'all:\n  hosts:\n    - a\n', ['i.yml:3:5 shape', 'followed by a colon']],
    ['no group around it', 'hosts:\n  a:\n', ['i.yml:1:1 shape', 'write `all:` above it']],
    ['a range', 'all:\n  hosts:\n    a[3:1]:\n', ['i.yml:3:5 host-name', '3 is above 1']],
    ['a loop', 'a: {children: {b: {children: {a: }}}}\n', ['group-loop', 'its own descendants']],
    ['all below a group', 'a: {children: {all: }}\n', ['group-loop']],
    ['ungrouped below a group', 'a: {children: {ungrouped: }}\n', ['i.yml:1:1 ungrouped']],
    ['a group below ungrouped', 'ungrouped: {children: {a: }}\n', ['i.yml:1:1 ungrouped']],
    ['a duplicate', 'all:\n  hosts:\n    a:\n    a:\n', ['i.yml:4:5 duplicate-key']],
    ['a text', 'hello\n', ['i.yml:1:1 shape']],
    ['variables that are none', 'all:\n  hosts:\n    a: b\n', ['i.yml:3:8 shape']],
  ])('%s', (_, text, parts) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    for (const part of parts) expect(found[0]).toContain(part);
  });

  it('of all sources together', () => {
    const texts = ['all:\n\thosts:\n', 'all:\n  host: {}\n  hosts: {"a[1": }\n'];
    const inventory = parseInventory(texts.map((text, index) => ({ file: `${index}`, text })));
    expect(inventory.ok ? [] : inventory.error.map((one) => one.code)).toEqual([
      'tab',
      'unknown-key',
      'host-name',
    ]);
  });

  it('warns once of a connection variable that nothing reads', () => {
    const found = problems('all:\n  vars:\n    ansible_usr: root\n  hosts: {a: , b: }\n');
    expect(found).toEqual([
      'i.yml:3:18 near-miss: nothing reads the variable ansible_usr (did you mean ansible_user?)',
    ]);
  });

  it('lets Jinja be', () => {
    expect(problems('all: {vars: {x: "{{ y }}"}, hosts: {a: }}')).toEqual([]);
  });
});

it('never throws on any shape of YAML', () => {
  const key = fc.constantFrom(
    'all',
    'hosts',
    'children',
    'vars',
    'a',
    'a[1:2]',
    'ungrouped',
    '__proto__',
    'a:22',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(null, 1, 'x', true),
      fc.array(tie('tree'), { maxLength: 2 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      const text = JSON.stringify(value);
      const inventory = parseInventory([{ file: 'f', text }]);
      if (!inventory.ok) expect(inventory.error.length).toBeGreaterThan(0);
    }),
    { numRuns: 1_000 },
  );
});
