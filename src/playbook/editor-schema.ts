import type { Json, JsonObject } from '../core/json.js';
import type { AnyModule, Catalogue } from '../core/module.js';
import { VAR_TYPES } from './keywords.js';

const EXPRESSION: JsonObject = { type: 'string', pattern: '\\$\\{\\{' };
const TEXT: JsonObject = { type: 'string' };
const FLAG: JsonObject = { type: 'boolean' };

/**
 * The schema that editors complete and check with, made from the modules' own definitions: in it any
 * value of an argument may be an expression. `parsePlaybook` says more, and with better words.
 */
export function editorSchema(catalogue: Catalogue): JsonObject {
  const modules = [...catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
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
  };
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

function play(modules: readonly AnyModule[]): JsonObject {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['hosts', 'tasks'],
    properties: {
      name: TEXT,
      hosts: { ...TEXT, description: 'A group, a host, or an Ansible pattern.' },
      become: { ...FLAG, description: 'Become root through sudo -n.' },
      whole: { ...FLAG, description: 'Concerns the whole cluster: refuses --limit.' },
      on_failure: { enum: ['rollback', 'stop'] },
      tags: { type: 'array', items: TEXT },
      tasks: { type: 'array', minItems: 1, items: task(modules) },
    },
  };
}

function task(modules: readonly AnyModule[]): JsonObject {
  const keywords = {
    name: TEXT,
    when: { type: ['string', 'boolean'], description: 'A bare expression that is true or false.' },
    register: { type: 'string', pattern: '^[a-z][a-z0-9_]*$' },
    timeout: { type: ['string', 'integer'], description: '90s, 5m, 1h30m' },
    throttle: { type: 'integer', minimum: 1, description: 'How many hosts at once.' },
    run_once: FLAG,
    become: FLAG,
    point_of_no_return: FLAG,
    tags: { type: 'array', items: TEXT },
    no_log: FLAG,
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
  return { ...(schema as JsonObject), description: module.summary };
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

function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
