import { isObject, type Json, type JsonObject } from '../core/json.js';
import type { AnyModule, Catalogue } from '../core/module.js';
import { withDefinitions } from './definitions.js';
import { ARGUMENT_KEYWORDS, VAR_TYPES } from './keywords.js';

const EXPRESSION: JsonObject = { type: 'string', pattern: '\\$\\{\\{' };
const TEXT: JsonObject = { type: 'string' };
const FLAG: JsonObject = { type: 'boolean' };

/**
 * The schema that editors complete and check with, made from the modules' own definitions: in it any
 * value of an argument may be an expression. `parsePlaybook` says more, and with better words.
 */
export function editorSchema(catalogue: Catalogue): JsonObject {
  const modules = [...catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return withDefinitions({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A runback playbook',
    type: 'object',
    additionalProperties: false,
    required: ['name', 'plays'],
    properties: {
      name: { ...TEXT, description: 'What the playbook does, in a few words.' },
      description: TEXT,
      runback: { const: 1, description: 'The version of the language.' },
      vars: {
        type: 'object',
        description: 'The playbook’s inputs.',
        additionalProperties: variable(),
      },
      plays: { type: 'array', minItems: 1, items: play(modules) },
    },
  });
}

function variable(): JsonObject {
  const long = {
    type: 'object',
    additionalProperties: false,
    properties: {
      type: { enum: [...VAR_TYPES] },
      items: { enum: [...VAR_TYPES] },
      description: TEXT,
      required: FLAG,
      default: {},
    },
  };
  return {
    anyOf: [long, {}],
    description: 'A declaration, or a default whose type is the variable’s.',
  };
}

const TAGS: JsonObject = {
  anyOf: [TEXT, { type: 'array', items: TEXT }],
  description: 'Words for --tags and --skip-tags; always and never have a meaning of their own.',
};
const ENVIRONMENT: JsonObject = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean'] },
  description: 'The environment of the programs that are run. No secrets.',
};
const BATCH: JsonObject = {
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^[0-9]{1,3}%$' },
  ],
};
const IGNORE_UNREACHABLE: JsonObject = {
  ...FLAG,
  description: 'A host that cannot be reached is left out and named, and counts as passed.',
};
const DURATION: JsonObject = { type: ['string', 'integer'], description: '90s, 5m, 1h30m' };

function conditions(description: string): JsonObject {
  const one: JsonObject = { type: ['string', 'boolean'] };
  return { anyOf: [one, { type: 'array', minItems: 1, items: one }], description };
}

function play(modules: readonly AnyModule[]): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    oneOf: [{ required: ['hosts', 'tasks'] }, { required: ['import'] }],
    properties: {
      name: TEXT,
      import: { ...TEXT, description: 'Another playbook, relative to this file, in this place.' },
      hosts: { ...TEXT, description: 'A group, a host, or an Ansible pattern.' },
      become: { ...FLAG, description: 'Become root through sudo -n.' },
      serial: {
        anyOf: [BATCH, { type: 'array', minItems: 1, items: BATCH }],
        description: 'How many hosts at once go through all tasks: 1, "30%", [1, 5, "50%"].',
      },
      strategy: { enum: ['linear', 'free'], description: 'free: no task is a barrier.' },
      on_failure: { enum: ['rollback', 'stop'] },
      any_errors_fatal: { ...FLAG, description: 'False: goes on without a host that fails.' },
      max_fail_percentage: { type: 'number', minimum: 0, maximum: 100 },
      ignore_unreachable: IGNORE_UNREACHABLE,
      whole: { ...FLAG, description: 'Concerns the whole cluster: refuses --limit and --tags.' },
      tags: TAGS,
      environment: ENVIRONMENT,
      when: conditions('For all tasks of the play; all must hold.'),
      tasks: { type: 'array', minItems: 1, items: task(modules) },
    },
  };
}

function task(modules: readonly AnyModule[]): JsonObject {
  const keywords = {
    name: TEXT,
    when: conditions('Bare expressions; the task is skipped where one is false.'),
    register: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' },
    until: conditions('Tried again until they hold: result.rc == 0'),
    retries: { type: 'integer', minimum: 0, description: 'How often it is tried again.' },
    delay: { ...DURATION, description: 'Between two attempts; 5s unless given.' },
    timeout: DURATION,
    throttle: { type: 'integer', minimum: 1, description: 'How many hosts at once.' },
    run_once: FLAG,
    delegate_to: { ...TEXT, description: 'The host that does the work, or localhost.' },
    loop: {
      anyOf: [{ type: 'array', minItems: 1 }, EXPRESSION],
      description: 'Once for each item, which is called `item`.',
    },
    tags: TAGS,
    become: FLAG,
    environment: ENVIRONMENT,
    no_log: { ...FLAG, description: 'What it was given and what it gave is not shown.' },
    ignore_errors: { ...FLAG, description: 'A failure is noted, and counts as passed.' },
    ignore_unreachable: IGNORE_UNREACHABLE,
    point_of_no_return: FLAG,
    creates: { ...TEXT, description: 'For programs: not run when this is there.' },
    removes: { ...TEXT, description: 'For programs: not run when this is missing.' },
    undo: { description: 'For programs: what takes it back, or `nothing`.' },
    changed_when: conditions('For programs: has something changed? result.stdout != ""'),
    failed_when: conditions('For programs: has it failed? result.rc > 1'),
  };
  const named = modules.map((module): [string, Json] => [module.name, argumentsOf(module)]);
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...keywords, ...Object.fromEntries(named) },
    oneOf: modules.map((module) => ({ required: [module.name] })),
  };
}

function argumentsOf(module: AnyModule): Json {
  const schema = orExpression(JSON.parse(JSON.stringify(module.args)) as JsonObject, true);
  const { required = [] } = schema as { required?: readonly string[] };
  const below = required.filter((name) => !ARGUMENT_KEYWORDS.includes(name));
  return { ...(schema as JsonObject), required: below, description: module.summary };
}

/** Every value may be written as an expression instead; the map of arguments itself may not. */
function orExpression(schema: JsonObject, isTop = false): Json {
  const inside: { [key: string]: Json } = { ...schema };
  const { properties, items, additionalProperties } = schema;
  if (isObject(properties)) {
    inside.properties = Object.fromEntries(
      Object.entries(properties).map(([name, one]) => [name, orExpression(one as JsonObject)]),
    );
  }
  if (isObject(items)) inside.items = orExpression(items);
  if (isObject(additionalProperties))
    inside.additionalProperties = orExpression(additionalProperties);
  if (isTop || schema.type === 'string') return isTop ? inside : orText(inside);
  const { description, ...rest } = inside;
  return { anyOf: [rest, EXPRESSION], ...(description === undefined ? {} : { description }) };
}

/** A pattern would refuse `${{ vars.x }}/etcd.yaml`: with an expression in it the text is anything. */
function orText(schema: { readonly [key: string]: Json }): Json {
  if (schema.pattern === undefined) return schema;
  const { description, ...rest } = schema;
  return { anyOf: [rest, EXPRESSION], ...(description === undefined ? {} : { description }) };
}
