import type { ErrorObject } from 'ajv';
import type { TSchema } from 'typebox';
import { closest } from '../core/closest.js';
import type { Json } from '../core/json.js';
import type { AnyModule } from '../core/module.js';
import { pointerPart } from '../core/yaml.js';
import type { Template, VarDeclaration } from './checked.js';
import { isMap, type Problems } from './problems.js';
import { validatorFor } from './validator.js';

/**
 * The arguments as written, against the module's schema. Where an expression stands instead of a value
 * its type is compared, as far as it is known; the value is checked again when the step is bound.
 */
export function checkArguments(
  problems: Problems,
  pointer: string,
  module: AnyModule,
  written: Json,
  template: Template,
  vars: ReadonlyMap<string, VarDeclaration>,
): void {
  if (!isMap(written)) {
    const help = 'write its arguments below it, one a line';
    problems.at(pointer, 'wrong-type', `${module.name} wants a map of arguments`, help);
    return;
  }
  const validate = validatorFor(module.args as TSchema);
  if (!validate(written)) {
    for (const error of withoutEchoes(validate.errors ?? [])) {
      if (!isAboutExpression(error, written)) report(problems, pointer, module, error);
    }
  }
  checkTypes(problems, pointer, module, template, module.args as SchemaNode, vars);
  const mistake = module.mistakeIn?.(written) ?? null;
  if (mistake !== null) {
    const help = `see \`runback modules ${module.name}\``;
    problems.at(pointer, 'wrong-arguments', `${module.name}: ${mistake}`, help);
  }
}

/** One mistake is one finding: not every branch of an `anyOf`, and not «missing» beside its misspelling. */
function withoutEchoes(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter((error) => error.keyword === 'anyOf');
  const slips = errors.flatMap((error) => {
    const near = error.keyword === 'additionalProperties' ? nearArgument(error) : null;
    return near === null ? [] : [`${error.instancePath}/${near}`];
  });
  return errors.filter((error) => {
    const isBranch = choices.some((one) => error.schemaPath.startsWith(`${one.schemaPath}/`));
    if (isBranch || error.keyword !== 'required') return !isBranch;
    const { missingProperty } = error.params as { missingProperty: string };
    return !slips.includes(`${error.instancePath}/${missingProperty}`);
  });
}

function nearArgument(error: ErrorObject): string | null {
  const { additionalProperty } = error.params as { additionalProperty: string };
  return closest(additionalProperty, argumentsIn(error));
}

function argumentsIn(error: ErrorObject): readonly string[] {
  return Object.keys((error.parentSchema as SchemaNode | undefined)?.properties ?? {});
}

interface SchemaNode {
  readonly type?: string;
  readonly properties?: { readonly [name: string]: SchemaNode };
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly secret?: boolean;
}

/** CEL's types that may stand for a schema's; `dyn` may be anything. */
const CEL_FOR: { readonly [type: string]: readonly string[] } = {
  string: ['string'],
  integer: ['int'],
  number: ['int', 'double'],
  boolean: ['bool'],
};

function checkTypes(
  problems: Problems,
  pointer: string,
  module: AnyModule,
  template: Template,
  schema: SchemaNode | undefined,
  vars: ReadonlyMap<string, VarDeclaration>,
): void {
  switch (template.kind) {
    case 'literal':
      return;
    case 'list':
      template.items.forEach((item, index) => {
        checkTypes(problems, `${pointer}/${index}`, module, item, schema?.items, vars);
      });
      return;
    case 'map':
      for (const [key, one] of template.entries) {
        const at = `${pointer}/${pointerPart(key)}`;
        checkTypes(problems, at, module, one, schema?.properties?.[key], vars);
      }
      return;
    case 'text':
    case 'expression': {
      const parts = template.kind === 'text' ? template.parts : [template.expression];
      const used = parts.flatMap((part) => (typeof part === 'string' ? [] : part.vars));
      const secret = used.find((name) => vars.get(name)?.type === 'secret');
      if (secret !== undefined && schema?.secret !== true) {
        const message = `${secret} is a secret, and this argument would show it`;
        problems.at(pointer, 'secret', message, 'give it only to an argument that takes a secret');
      }
      const given = template.kind === 'text' ? 'string' : template.expression.type;
      if (schema !== undefined && !fits(given, schema)) {
        const message = `this wants ${wanted(schema)}, and the expression gives ${given}`;
        problems.at(pointer, 'wrong-type', message, 'convert it, or use another value');
      }
    }
  }
}

function fits(given: string, schema: SchemaNode): boolean {
  if (given.includes('dyn') || schema.type === undefined) return true;
  if (schema.type === 'array') return given.startsWith('list');
  if (schema.type === 'object') return given.startsWith('map') || /^[A-Zr]/.test(given);
  return CEL_FOR[schema.type]?.includes(given) ?? true;
}

function wanted(schema: SchemaNode): string {
  return schema.type === 'array' ? 'a list' : schema.type === 'object' ? 'a map' : `${schema.type}`;
}

/** A complaint about the text `${{ … }}` itself: the value is not known yet. */
function isAboutExpression(error: ErrorObject, written: Json): boolean {
  let value: Json | undefined = written;
  for (const part of error.instancePath.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isMap(value) ? value[key] : undefined;
    if (typeof value === 'string' && value.includes('${{')) return true;
  }
  return error.keyword === 'anyOf' && typeof value === 'string' && value.includes('${{');
}

function report(problems: Problems, pointer: string, module: AnyModule, error: ErrorObject): void {
  const at = `${pointer}${error.instancePath}`;
  const name = module.name;
  if (error.keyword === 'additionalProperties') {
    const { additionalProperty: word } = error.params as { additionalProperty: string };
    const near = nearArgument(error);
    const others = `it has: ${argumentsIn(error).join(', ')}`;
    const help = near === null ? others : `did you mean ${near}?`;
    const message = `${name} has no argument «${word}»`;
    problems.atKey(`${at}/${pointerPart(word)}`, 'unknown-argument', message, help);
    return;
  }
  if (error.keyword === 'required') {
    const { missingProperty } = error.params as { missingProperty: string };
    const property = (
      error.parentSchema as { properties?: { [name: string]: unknown } } | undefined
    )?.properties?.[missingProperty] as { description?: string } | undefined;
    const message = `${name} needs the argument «${missingProperty}»`;
    problems.at(
      at,
      'missing-argument',
      message,
      property?.description ?? `add ${missingProperty}:`,
    );
    return;
  }
  const what = error.keyword === 'anyOf' ? 'is none of what it may be' : error.message;
  const message = `${name}: ${error.instancePath.slice(1)} ${what ?? 'is not as it should be'}`;
  const description = (error.parentSchema as { description?: string } | undefined)?.description;
  problems.at(at, 'wrong-argument', message, description ?? 'see `runback modules`');
}
