import { describe, expect, it } from 'vitest';
import type { InventoryHost } from '../../src/core/inventory.js';
import type { Json } from '../../src/core/json.js';
import { placeText } from '../../src/core/position.js';
import { type ConnectionDefaults, connectionOf } from '../../src/inventory/connection.js';
import { parseInventory } from '../../src/inventory/index.js';
import { shellWords } from '../../src/inventory/ssh-words.js';

const defaults = {
  user: 'me',
  home: '/home/me',
  directory: '/work',
  agentSocket: '/run/agent',
  remoteUser: null,
  identityFile: null,
};

function reach(
  vars: { readonly [name: string]: Json },
  said: ConnectionDefaults = defaults,
): ReturnType<typeof connectionOf> {
  const text = JSON.stringify({ all: { hosts: { cp1: vars } } });
  const inventory = parseInventory([{ file: 'i', text }]);
  if (!inventory.ok) throw new Error(JSON.stringify(inventory.error));
  return connectionOf(inventory.value.hosts[0] as InventoryHost, said);
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
      { identitiesOnly: true, identityFiles: ['/home/me/k'], port: 2200 },
    ],
    ['an option with a space', { ansible_ssh_common_args: "-o 'Port 2200'" }, { port: 2200 }],
    ['the variable above -p', { ansible_port: 1, ansible_ssh_common_args: '-p 2' }, { port: 1 }],
    ['ansible_ssh_args', { ansible_ssh_args: '-C -o ControlMaster=auto -p 24' }, { port: 24 }],
    ['openssh', { ansible_connection: 'openssh' }, { kind: 'openssh' }],
    ['a relative path', { ansible_ssh_private_key_file: 'k' }, { identityFiles: ['/work/k'] }],
    ['the user of -l', { ansible_ssh_common_args: '-l core' }, { user: 'core' }],
    [
      'the local user on this machine',
      { ansible_connection: 'local', ansible_user: 'core' },
      { user: 'me' },
    ],
    [
      'bastions, the nearest first',
      { ansible_ssh_common_args: '-J a,core@b.example:2222,[2001:db8::1]:23' },
      {
        jumps: [
          { address: 'a', port: 22, user: 'me' },
          { address: 'b.example', port: 2222, user: 'core' },
          { address: '2001:db8::1', port: 23, user: 'me' },
        ],
      },
    ],
    [
      'a bastion with the keys of the host behind it',
      { ansible_ssh_common_args: '-o ProxyJump=b -i ~/k -o UserKnownHostsFile=~/kh' },
      { jumps: [{ identityFiles: ['/home/me/k'], knownHostsFiles: ['/home/me/kh'] }] },
    ],
    [
      'ssh -W as a bastion with keys of its own',
      {
        ansible_ssh_common_args:
          '-o ProxyCommand="ssh -q -W %h:%p -i ~/b -o \'IdentitiesOnly yes\' -p 24 core@b" -i ~/k',
      },
      {
        identityFiles: ['/home/me/k'],
        identitiesOnly: false,
        jumps: [
          {
            address: 'b',
            port: 24,
            user: 'core',
            identityFiles: ['/home/me/b'],
            identitiesOnly: true,
          },
        ],
      },
    ],
    [
      'a bastion before the bastion',
      { ansible_ssh_common_args: "-o 'ProxyCommand ssh -J a -W [%h]:%p b'" },
      { jumps: [{ address: 'a' }, { address: 'b' }] },
    ],
    [
      'the first that says anything of bastions',
      { ansible_ssh_common_args: '-o ProxyJump=none -J a' },
      { jumps: [] },
    ],
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
      { ansible_ssh_common_args: '-o ProxyJump=a@b:port' },
      'a@b:port is not a bastion: write user@host:port',
    ],
    [{ ansible_ssh_common_args: '-J "-oProxyCommand=x"' }, '-oProxyCommand=x is not a bastion'],
    [
      { ansible_ssh_common_args: '-o ProxyCommand="nc -X 5 %h %p"' },
      'of ProxyCommand only `ssh -W %h:%p …` is supported',
    ],
    [
      { ansible_ssh_common_args: '-o ProxyCommand="ssh -W other:22 bastion"' },
      'of ProxyCommand only `ssh -W %h:%p …` is supported',
    ],
    [
      { ansible_ssh_common_args: '-o ProxyCommand="ssh -W %h:%p bastion sh"' },
      'must name one bastion',
    ],
    [
      { ansible_ssh_common_args: '-o ProxyCommand="ssh -F x -W %h:%p bastion"' },
      'the ssh argument -F is not supported',
    ],
    [{ ansible_ssh_common_args: 'somewhere' }, 'the ssh argument somewhere is not supported'],
    [{ ansible_become_exe: '/opt/sudo' }, 'ansible_become_exe is not supported'],
    [{ ansible_become_flags: '-H -S' }, 'ansible_become_flags is not supported'],
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

  it('takes a sudo password, and shows it nowhere', () => {
    const reached = reach({ ansible_become_pass: 'open sesame', ansible_user: 'x' });
    const password = reached.ok ? reached.value.connection.becomePassword : null;
    expect(password?.reveal()).toBe('open sesame');
    expect(JSON.stringify(reached)).not.toContain('sesame');
  });

  it('lets the command line say what the inventory does not', () => {
    const said = { ...defaults, remoteUser: 'core', identityFile: '~/k' };
    expect(reach({}, said)).toMatchObject({
      value: { connection: { user: 'core', identityFiles: ['/home/me/k'] } },
    });
    const own = { ansible_user: 'ops', ansible_ssh_private_key_file: '/own' };
    expect(reach(own, said)).toMatchObject({
      value: { connection: { user: 'ops', identityFiles: ['/own'] } },
    });
  });

  it('warns of a password for the login, which is not read', () => {
    expect(problems({ ansible_password: 'x' })).toEqual([
      'warning: ansible_password is not read: a login is by key',
    ]);
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
