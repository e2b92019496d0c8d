import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/modules/index.js';
import { editorSchema, moduleReference, moduleSchemas } from '../../src/playbook/index.js';
import { PLAY_KEYWORDS, TASK_KEYWORDS } from '../../src/playbook/keywords.js';
import { EVERY_KEYWORD } from '../playbook/every-keyword.js';

const FILE = 'schemas/playbook.schema.json';
const MODULES_FILE = 'schemas/modules.schema.json';

describe('schemas/playbook.schema.json', () => {
  it('is what the modules say (UPDATE=1 writes it)', () => {
    const made = `${JSON.stringify(editorSchema(catalogue), null, 2)}\n`;
    if (process.env.UPDATE === '1') writeFileSync(FILE, made);
    expect(readFileSync(FILE, 'utf8')).toBe(made);
  });

  it('accepts every shipped playbook, and not one with a mistake', () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(FILE, 'utf8')));
    for (const name of readdirSync('playbooks')) {
      const text = readFileSync(`playbooks/${name}`, 'utf8');
      expect(validate(load(text)), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true);
      expect(validate(load(text.replace('    tasks:', '    taskz:'))), name).toBe(false);
    }
  });
});

describe('the editor', () => {
  const schema = editorSchema(catalogue) as unknown as {
    properties: { plays: { items: Words & { properties: { tasks: { items: Words } } } } };
  };
  const play = schema.properties.plays.items;

  it('knows every keyword of the language, and no other', () => {
    expect(Object.keys(play.properties).sort()).toEqual([...PLAY_KEYWORDS].sort());
    const words = Object.keys(play.properties.tasks.items.properties);
    expect(words.filter((word) => !catalogue.has(word)).sort()).toEqual([...TASK_KEYWORDS].sort());
  });

  it('accepts a playbook with all of them, and an import', () => {
    const validate = new Ajv({ strict: false }).compile(schema);
    const text = `${EVERY_KEYWORD}  - import: other.yml\n    tags: more\n`;
    expect(validate(load(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(load(text.replace('import: other.yml', 'import: 7')))).toBe(false);
  });
});

interface Words {
  readonly properties: { readonly [word: string]: unknown };
}

describe('schemas/modules.schema.json', () => {
  it('is what the modules say (UPDATE=1 writes it)', () => {
    const made = `${JSON.stringify(moduleSchemas(catalogue), null, 2)}\n`;
    if (process.env.UPDATE === '1') writeFileSync(MODULES_FILE, made);
    expect(readFileSync(MODULES_FILE, 'utf8')).toBe(made);
  });

  it('can be used: it takes arguments as they are, and no expression', () => {
    const ajv = new Ajv({ strict: false }).addSchema(
      JSON.parse(readFileSync(MODULES_FILE, 'utf8')),
      'm',
    );
    for (const name of catalogue.keys()) {
      expect(ajv.getSchema(`m#/definitions/${name}.arguments`), name).toBeDefined();
      expect(ajv.getSchema(`m#/definitions/${name}.result`), name).toBeDefined();
    }
    const move = (from: string) =>
      ajv.validate('m#/definitions/move.arguments', { from, to: '/b' });
    expect(move('/a')).toBe(true);
    expect(move('${{ vars.a }}')).toBe(false);
  });
});

describe('docs/modules.md', () => {
  it('is what the modules say (UPDATE=1 writes it)', () => {
    const made = moduleReference(catalogue);
    if (process.env.UPDATE === '1') writeFileSync('docs/modules.md', made);
    expect(readFileSync('docs/modules.md', 'utf8')).toBe(made);
  });
});
