import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.js';
import { type Given, refusedFor, valuesOf } from './sources.js';

const PLAYS = 'plays: [{name: P, hosts: all, tasks: [{debug: {message: m}}]}]\n';

function book(vars: string): string {
  return `name: A book\nvars: {${vars}}\n${PLAYS}`;
}

function valueOn(host: string, vars: string, given: Given): Json | undefined {
  const values = valuesOf(book(vars), given);
  if (!values.ok) throw new Error(values.error.map(({ message }) => message).join('\n'));
  return [...values.value].find(([name]) => name === host)?.[1].v;
}

function inventory(vars: string, hostVars = ''): string {
  return `all: {vars: {${vars}}, hosts: {cp1: {${hostVars}}, cp2: }}`;
}

describe('a value', () => {
  it('comes from the highest of defaults, inventory, vars files and -e', () => {
    const all = {
      inventory: inventory('v: group', 'v: host'),
      varsFile: { v: 'file' },
      e: { v: 'e' },
    };
    expect(valueOn('cp1', 'v: default', all)).toBe('e');
    const { e: _, ...withoutE } = all;
    expect(valueOn('cp1', 'v: default', withoutE)).toBe('file');
    const { inventory: text } = all;
    expect(valueOn('cp1', 'v: default', { inventory: text })).toBe('host');
    expect(valueOn('cp2', 'v: default', { inventory: text })).toBe('group');
    expect(valueOn('cp2', 'v: default', {})).toBe('default');
  });

  it('may be made of others, wherever those come from and however they are ordered', () => {
    const vars = "v: '${{ vars.b }}/x', b: '${{ vars.c }}/y', c: z";
    expect(valueOn('cp1', vars, {})).toBe('z/y/x');
    expect(valueOn('cp1', vars, { inventory: inventory('', 'c: host') })).toBe('host/y/x');
  });

  it('may be made of the run and of the environment', () => {
    const vars = "v: '${{ run.id }} ${{ run.user }} ${{ env.SITE }}'";
    expect(valueOn('cp1', vars, { env: { SITE: 'here' } })).toBe('r1 ops here');
  });

  it.each([
    ['boolean', 'true', true],
    ['integer', '12', 12],
    ['number', '0.5', 0.5],
    ['string', '12', '12'],
    ['duration', '5m', '5m'],
    ['list', 'a, b', ['a', 'b']],
    ['list', '["a, b"]', ['a, b']],
    ['map', '{"a": 1}', { a: 1 }],
    ['path', './x/y', '/work/x/y'],
    ['path', '/x/y', '/x/y'],
    ['host_path', '/x/y', '/x/y'],
  ])('of -e is read as its type wants it: %s %s', (type, text, value) => {
    expect(valueOn('cp1', `v: {type: ${type}}`, { e: { v: text } })).toEqual(value);
  });

  it.each([
    ['boolean', 'yes'],
    ['integer', '1.5'],
    ['integer', ''],
    ['integer', 'Infinity'],
    ['number', 'x'],
    ['duration', '5 minutes'],
    ['map', 'a=1'],
    ['path', ''],
    ['host_path', 'x/y'],
    ['host_path', '/x/../y'],
    ['host_path', '/x//y'],
  ])('of -e that is not of its type is refused: %s «%s»', (type, text) => {
    const values = valuesOf(book(`v: {type: ${type}}`), { e: { v: text } });
    expect(refusedFor(values)).toEqual(['-e:1:1 wrong-type']);
  });

  it('is of its type within a list too', () => {
    const vars = 'v: {type: list, items: host_path}';
    expect(refusedFor(valuesOf(book(vars), { varsFile: { v: ['/a', 'b'] } }))).toEqual([
      'vars.yml:1:1 wrong-type',
    ]);
  });

  it('that a group has wrong is one mistake, on the line where it stands', () => {
    const hosts = `all:\n  vars:\n    v: many\n  hosts: {cp1: , cp2: , cp3: }\n`;
    expect(refusedFor(valuesOf(book('v: 1'), { inventory: hosts }))).toEqual([
      'hosts.yml:3:8 wrong-type',
    ]);
  });

  it('that is required is asked for, with its description', () => {
    const values = valuesOf(book('v: {type: string, required: true, description: What it is.}'));
    expect(values).toMatchObject({
      ok: false,
      error: [{ code: 'missing-value', help: expect.stringContaining('-e v=') }],
    });
    expect(!values.ok && values.error[0]?.message).toContain('What it is');
  });

  it('that nobody declared is refused on the command line and ignored in the inventory', () => {
    expect(refusedFor(valuesOf(book('dir: /a'), { e: { dri: '/b' } }))).toEqual([
      '-e:1:1 undeclared-var',
    ]);
    expect(valuesOf(book('dir: /a'), { inventory: inventory('other: 1') }).ok).toBe(true);
  });

  it('that is given by hand is what it is, and no template', () => {
    const given = { e: { v: '{{ z }}' } };
    expect(valueOn('cp1', 'v: {type: string}', given)).toBe('{{ z }}');
  });

  it('that is a secret is not taken from the command line, and not named in a message', () => {
    const vars = 'v: {type: secret}';
    expect(refusedFor(valuesOf(book(vars), { e: { v: 'hush' } }))).toEqual(['-e:1:1 secret']);
    expect(valueOn('cp1', vars, { varsFile: { v: 'hush' } })).toBe('hush');
    const wrong = valuesOf(book(vars), { varsFile: { v: 4711 } });
    expect(JSON.stringify(wrong)).not.toContain('4711');
  });
});
