import { readdirSync, readFileSync } from 'node:fs';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { isCleanAbsolute } from '../../src/core/host-path.js';
import { hostPath, milliseconds } from '../../src/modules/arguments.js';
import { catalogue } from '../../src/modules/index.js';
import { evidenceProblems, parsePlaybook } from '../../src/playbook/index.js';

describe('the catalogue', () => {
  it('holds every module file', () => {
    const files = readdirSync('src/modules').filter((name) => name.endsWith('.ts'));
    const sources = files.map((name) => readFileSync(`src/modules/${name}`, 'utf8'));
    const defined = sources.flatMap((text) => [...text.matchAll(/^ {2}name: '([a-z_]+)',$/gm)]);
    expect([...catalogue.keys()].sort()).toEqual(defined.map(([, name]) => name).sort());
  });

  it.each([...catalogue.values()])('$name can be read in a reference', (module) => {
    expect(module.name).toMatch(/^[a-z][a-z_]*$/);
    expect(module.summary).toMatch(/\.$/);
    const { properties } = module.args as {
      properties: { [name: string]: { description?: string } };
    };
    for (const [name, property] of Object.entries(properties)) {
      expect(property.description, `${module.name}.${name}`).toMatch(/\S/);
    }
    if (module.readOnly) expect(module.undo.kind).toBe('nothing');
    // A module that has a run knows the way back itself; what it may alter must be known to a dry run.
    const isAnything = module.name === 'command' || module.name === 'shell';
    if (!module.readOnly && !isAnything && module.place === 'host') {
      expect(module.mayAlter, module.name).toBeDefined();
    }
  });
});

describe('the example', () => {
  /** As its tasks would stand in a play behind a playbook that is shipped: with its variables and registers. */
  const placed = (example: string, name: string) => {
    const file = `playbooks/${name}`;
    const tasks = example.trim().replace(/^/gm, '      ');
    const play = `  - name: Example\n    hosts: etcd\n    tasks:\n${tasks}`;
    return parsePlaybook({ file, text: `${readFileSync(file, 'utf8')}\n${play}\n` }, catalogue);
  };

  it.each([...catalogue.values()])('of $name is read as a playbook', (module) => {
    expect(module.example).toMatch(new RegExp(`^- name: .+\n {2}${module.name}:\n`, 'm'));
    const read = readdirSync('playbooks').map((name) => placed(module.example, name));
    const problems = read.flatMap((one) => (one.ok ? [] : one.error.map(({ message }) => message)));
    expect(
      read.some(({ ok }) => ok),
      problems.join('\n'),
    ).toBe(true);
    for (const line of module.example.split('\n')) expect(line.length).toBeLessThan(78);
  });
});

describe('every shipped playbook', () => {
  const all = readdirSync('playbooks').map((name) => `playbooks/${name}`);
  const texts = new Map(all.map((file) => [file, readFileSync(file, 'utf8')]));

  it.each(readdirSync('playbooks'))(
    '%s parses, and its proofs come before what needs them',
    (name) => {
      const file = `playbooks/${name}`;
      const parsed = parsePlaybook({ file, text: texts.get(file) ?? '' }, catalogue, texts);
      expect(parsed.ok ? [] : parsed.error).toEqual([]);
      if (parsed.ok) expect(evidenceProblems(parsed.value)).toEqual([]);
    },
  );

  it.each(readdirSync('playbooks'))(
    '%s begins with the editor’s schema and says what it is',
    (name) => {
      const text = readFileSync(`playbooks/${name}`, 'utf8');
      expect(text).toMatch(
        /^# yaml-language-server: \$schema=\.\.\/schemas\/playbook\.schema\.json\nname: .+\ndescription: /,
      );
    },
  );
});

describe('arguments', () => {
  it('take the same paths as the variables of a playbook, but for the root', () => {
    const schema: TSchema = hostPath('a path');
    const paths = ['/a', '/a/b.c', '/a/..b/.c', '/', '', 'a', '/a/', '//a', '/a//b', '/.', '/a/..'];
    for (const path of [...paths, '/a/../b', '/a/./b', '/a\nb', '/a\0', '/ä b/*']) {
      const isWanted = isCleanAbsolute(path) && path !== '/';
      expect(Value.Check(schema, path), JSON.stringify(path)).toBe(isWanted);
    }
  });

  it('read durations as the playbook writes them', () => {
    expect(milliseconds('90', 1)).toBe(90_000);
    expect(milliseconds('90s', 1)).toBe(90_000);
    expect(milliseconds('1h30m', 1)).toBe(5_400_000);
    expect(milliseconds(undefined, 2)).toBe(2_000);
  });
});
