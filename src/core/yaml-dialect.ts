import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  FAILSAFE_SCHEMA,
  floatYaml11Tag,
  intYaml11Tag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
} from 'js-yaml';
import { unsafe, vaulted } from './ansible-value.js';
import type { Json, JsonObject } from './json.js';
import { timestampAnsibleTag } from './yaml-timestamp.js';

/**
 * `core` is YAML 1.2. `ansible` reads plain scalars as Ansible does (YAML 1.1: `yes` is true, `0644` is
 * 420) and knows `<<`, `!vault` and `!unsafe`; dates stay text, as they are in the output of
 * ansible-inventory.
 */
export type YamlDialect = 'core' | 'ansible';

/** YAML 1.1 without `y` and `n`: PyYAML, and so Ansible, reads those as text. */
const boolAnsibleTag = defineScalarTag('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: [...'yYnNtTfFoO'],
  identify: (value) => typeof value === 'boolean',
  resolve: (source) => {
    if (/^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return true;
    return /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source) ? false : NOT_RESOLVED;
  },
});

/**
 * YAML 1.1 but for `01:30`, which PyYAML reads as text. A whole number that a JavaScript number cannot hold
 * keeps its digits as text: never a wrong number.
 */
const intAnsibleTag = defineScalarTag('tag:yaml.org,2002:int', {
  ...intYaml11Tag,
  resolve: (source, isExplicit, tagName) => {
    const number = intYaml11Tag.resolve(source, isExplicit, tagName);
    if (typeof number !== 'number') return number;
    if (/^[-+]?0[0-9_]*:/.test(source)) return NOT_RESOLVED;
    return Number.isSafeInteger(number) ? number + 0 : source;
  },
});

/** YAML 1.1 but for `-.5`, which PyYAML reads as text; so do we with what JSON cannot hold. */
const floatAnsibleTag = defineScalarTag('tag:yaml.org,2002:float', {
  ...floatYaml11Tag,
  resolve: (source, isExplicit, tagName) => {
    const number = floatYaml11Tag.resolve(source, isExplicit, tagName);
    if (typeof number !== 'number') return number;
    return /^[-+]\./.test(source) || !Number.isFinite(number) ? NOT_RESOLVED : number;
  },
});

/** Encrypted values stay as they are: whoever uses one is refused, not whoever has one. */
const vaultTags = ['!vault', '!vault-encrypted'].map((name) =>
  defineScalarTag(name, { resolve: vaulted, identify: () => false }),
);

/** `!unsafe`: text that is never a template, whatever it looks like; in a list or map, each text. */
const unsafeTags = [
  defineScalarTag('!unsafe', { resolve: unsafe, identify: () => false }),
  defineSequenceTag<Json[]>('!unsafe', {
    create: () => [],
    addItem: (items, item) => {
      items.push(unsafe(item as Json));
    },
    identify: () => false,
  }),
  defineMappingTag<Map<unknown, Json>, JsonObject>('!unsafe', {
    create: () => new Map(),
    addPair: (members, key, value) => {
      members.set(key, unsafe(value as Json));
      return '';
    },
    has: (members, key) => members.has(key),
    keys: (members) => Object.keys(members),
    get: (members, key) => members[String(key)],
    finalize: (members) => Object.fromEntries(members),
    identify: () => false,
  }),
];

export const SCHEMAS: { readonly [dialect in YamlDialect]: Schema } = {
  core: CORE_SCHEMA,
  ansible: new Schema([
    ...FAILSAFE_SCHEMA.tags,
    nullYaml11Tag,
    boolAnsibleTag,
    intAnsibleTag,
    floatAnsibleTag,
    timestampAnsibleTag,
    mergeTag,
    ...vaultTags,
    ...unsafeTags,
  ]),
};
