import { describe, expect, it } from 'vitest';
import type { InventoryHost } from '../../src/core/inventory.js';
import type { Json } from '../../src/core/json.js';
import { placeText } from '../../src/core/position.js';
import { connectionOf } from '../../src/inventory/connection.js';
import { parseInventory } from '../../src/inventory/index.js';
import { shellWords } from '../../src/inventory/ssh-words.js';

const defaults = { user: 'me', home: '/home/me', agentSocket: '/run/agent' };

function reach(vars: { readonly [name: string]: Json }): ReturnType<typeof connectionOf> {
  const text = JSON.stringify({ all: { hosts: { cp1: vars } } });
  const inventory = parseInventory([{ file: 'i', text }]);
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.error));
  return connectionOf(inventory.value.hosts[0] as InventoryHost, defaults);
}

function problems(vars: { readonly [name: string]: Json }): readonly string[] {
  const reached = reach(vars);
  const found = reached.ok ? reached.value.warnings : reached.error;
  return found.map((one) => `${one.severity}: ${one.message}`);
}

describe('a connection', () => {
  it('fills in every default', () => {
    expect(reach({})).toMatchObject({
      ok: true,
      value: {
        connection: {
          kind: 'ssh',
          address: 'cp1',
          port: 22,
          user: 'me',
          identityFiles: [
            '/home/me/.ssh/id_ed25519',
            '/home/me/.ssh/id_ecdsa',
            '/home/me/.ssh/id_rsa',
          ],
          knownHostsFiles: ['/home/me/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'],
          agentSocket: '/run/agent',
          becomeUser: 'root',
        },
      },
    });
  });

  it.each<[string, { readonly [name: string]: Json }, object]>([
    [
      'address, port and user',
      { ansible_host: '10.0.0.1', ansible_port: '2222', ansible_user: 'core' },
      { address: '10.0.0.1', port: 2222, user: 'core' },
    ],
    [
      'the old names',
      { ansible_ssh_host: 'x', ansible_ssh_port: 23, ansible_ssh_user: 'y' },
      { address: 'x', port: 23, user: 'y' },
    ],
    ['local', { ansible_connection: 'local' }, { kind: 'local' }],
    ['smart', { ansible_connection: 'smart' }, { kind: 'ssh' }],
    ['a key at home', { ansible_ssh_private_key_file: '~/k' }, { identityFiles: ['/home/me/k'] }],
    [
      'known hosts',
      { ansible_ssh_common_args: '-o \'UserKnownHostsFile="~/a b"\'' },
      { knownHostsFiles: ['/home/me/a b'] },
    ],
    [
      'glued options',
      { ansible_ssh_extra_args: '-oIdentitiesOnly=yes -i~/k -p2200' },
      { agentSocket: null, identityFiles: ['/home/me/k'], port: 2200 },
    ],
    ['an option with a space', { ansible_ssh_common_args: "-o 'Port 2200'" }, { port: 2200 }],
    ['the variable above -p', { ansible_port: 1, ansible_ssh_common_args: '-p 2' }, { port: 1 }],
    ['ansible_ssh_args', { ansible_ssh_args: '-C -o ControlMaster=auto -p 24' }, { port: 24 }],
    ['another user to become', { ansible_become_user: 'admin' }, { becomeUser: 'admin' }],
  ])('honours %s', (_, vars, expected) => {
    expect(reach(vars)).toMatchObject({ ok: true, value: { connection: expected, warnings: [] } });
  });

  it('ignores StrictHostKeyChecking=no, and says so', () => {
    expect(problems({ ansible_ssh_common_args: '-o StrictHostKeyChecking=no' })).toEqual([
      'warning: StrictHostKeyChecking=no is ignored: host keys are always verified',
    ]);
  });

  it.each<[{ readonly [name: string]: Json }, string]>([
    [
      { ansible_ssh_common_args: '-o ProxyJump=bastion' },
      'the ssh option ProxyJump is not supported',
    ],
    [{ ansible_ssh_common_args: '-J bastion' }, 'the ssh argument -J is not supported'],
    [
      { ansible_ssh_common_args: '-o ProxyCommand="ssh -W %h:%p -q bastion"' },
      'ProxyCommand is not supported',
    ],
    [{ ansible_ssh_common_args: '-p abc' }, 'abc is not a port'],
    [{ ansible_ssh_common_args: '-i' }, '-i has no value'],
    [{ ansible_ssh_common_args: '-o "Port=1' }, 'a quote is not closed'],
    [{ ansible_port: 70000 }, '70000 is not a port'],
    [{ ansible_port: true }, 'ansible_port is not a text'],
    [{ ansible_connection: 'docker' }, 'docker is not ssh'],
    [{ ansible_become_method: 'su' }, 'only sudo is'],
    [{ ansible_user: '{{ admin }}' }, 'ansible_user is a Jinja template'],
  ])('refuses %j', (vars, why) => {
    const found = problems(vars);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('error: ');
    expect(found[0]).toContain(why);
  });

  it('points at the value', () => {
    const reached = reach({ ansible_user: '{{ x }}' });
    expect(reached.ok ? null : placeText(reached.error[0]?.at as never)).toBe('i:1:40');
  });
});

it.each([
  ['a  b', ['a', 'b']],
  [`-o "x y"z 'q"'`, ['-o', 'x yz', 'q"']],
  ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
  ['""', ['']],
  ['', []],
  ['"open', null],
])('splits %j as a shell does', (text, expected) => {
  expect(shellWords(text)).toEqual(expected);
});
