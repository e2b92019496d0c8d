import type { Json } from '../core/json.js';
import { pointerPart } from '../core/yaml.js';
import type { Template, VarDeclaration } from './checked.js';
import type { Names } from './names.js';
import { isMap, type Problems } from './problems.js';
import { refuseSecrets } from './secrets.js';
import { readTemplate } from './template.js';
import { typeText } from './type-text.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const WRITABLE = ['string', 'int', 'double', 'bool', 'dyn'];

/** `environment`: names to values that are written as texts. Anybody on the host may see them. */
export function readEnvironment(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
  names: Names,
  vars: ReadonlyMap<string, VarDeclaration>,
): ReadonlyMap<string, Template> {
  const environment = new Map<string, Template>();
  if (value === undefined) return environment;
  if (!isMap(value)) {
    problems.at(pointer, 'wrong-type', '`environment` is not a map', 'write NAME: VALUE below it');
    return environment;
  }
  for (const [name, one] of Object.entries(value)) {
    const at = `${pointer}/${pointerPart(name)}`;
    if (!NAME.test(name)) {
      const help = 'use letters, digits and underscores, no digit first';
      problems.atKey(at, 'environment-name', `«${name}» is not a name of the environment`, help);
      continue;
    }
    const template = readTemplate(problems.document, at, one, names, problems.list);
    refuseSecrets(problems, at, template, vars, '`environment`');
    const type = typeOf(template);
    if (!WRITABLE.includes(type)) {
      const message = `${name} is ${typeText(type)}, and the environment holds texts`;
      problems.at(at, 'wrong-type', message, 'write a text, a number, true or false');
    }
    environment.set(name, template);
  }
  return environment;
}

function typeOf(template: Template): string {
  if (template.kind === 'text') return 'string';
  if (template.kind === 'expression') return template.expression.type;
  if (template.kind !== 'literal') return template.kind;
  const { value } = template;
  if (value === null) return 'nothing';
  return typeof value === 'object' ? (Array.isArray(value) ? 'list' : 'map') : 'dyn';
}
