import {
  CORE_SCHEMA,
  defineScalarTag,
  FAILSAFE_SCHEMA,
  floatYaml11Tag,
  intYaml11Tag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  Schema,
} from 'js-yaml';

/**
 * `core` is YAML 1.2. `ansible` reads plain scalars as Ansible does (YAML 1.1: `yes` is true, `0644` is
 * 420) and knows `<<`; dates stay text, as they are in the output of ansible-inventory.
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

export const SCHEMAS: { readonly [dialect in YamlDialect]: Schema } = {
  core: CORE_SCHEMA,
  ansible: new Schema([
    ...FAILSAFE_SCHEMA.tags,
    nullYaml11Tag,
    boolAnsibleTag,
    intYaml11Tag,
    floatYaml11Tag,
    mergeTag,
  ]),
};
