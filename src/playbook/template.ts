import type { Diagnostic } from '../core/diagnostic.js';
import type { Json } from '../core/json.js';
import { err, ok, type Result } from '../core/result.js';
import { pointerPart, type YamlDocument } from '../core/yaml.js';
import type { Template } from './checked.js';
import { checkExpression, type Expression } from './expression.js';
import type { Names } from './names.js';

/** Reads a value that may hold `${{ … }}` at any depth. Mistakes are added to `problems`. */
export function readTemplate(
  document: YamlDocument,
  pointer: string,
  value: Json,
  names: Names,
  problems: Diagnostic[],
): Template {
  if (typeof value === 'string') return readText(document, pointer, value, names, problems);
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      readTemplate(document, `${pointer}/${index}`, item, names, problems),
    );
    return items.every(isLiteral) ? { kind: 'literal', value } : { kind: 'list', items };
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).map(
      ([key, one]) =>
        [
          key,
          readTemplate(document, `${pointer}/${pointerPart(key)}`, one, names, problems),
        ] as const,
    );
    const isPlain = entries.every(([, one]) => isLiteral(one));
    return isPlain ? { kind: 'literal', value } : { kind: 'map', entries };
  }
  return { kind: 'literal', value };
}

/** Evaluates in one pass: what an expression gives is a value, whatever it looks like. */
export function evaluateTemplate(
  template: Template,
  roots: { readonly [root: string]: Json },
): Result<Json, EvaluationProblem> {
  switch (template.kind) {
    case 'literal':
      return ok(template.value);
    case 'expression':
      return evaluateOne(template.expression, roots);
    case 'text': {
      let text = '';
      for (const part of template.parts) {
        if (typeof part === 'string') {
          text += part;
          continue;
        }
        const value = evaluateOne(part, roots);
        if (!value.ok) return value;
        if (value.value !== null && typeof value.value === 'object') {
          return err({ expression: part, why: 'a list or a map cannot be written into a text' });
        }
        text += String(value.value);
      }
      return ok(text);
    }
    case 'list': {
      const items: Json[] = [];
      for (const item of template.items) {
        const value = evaluateTemplate(item, roots);
        if (!value.ok) return value;
        items.push(value.value);
      }
      return ok(items);
    }
    case 'map': {
      const entries: [string, Json][] = [];
      for (const [key, one] of template.entries) {
        const value = evaluateTemplate(one, roots);
        if (!value.ok) return value;
        entries.push([key, value.value]);
      }
      return ok(Object.fromEntries(entries));
    }
  }
}

export interface EvaluationProblem {
  readonly expression: Expression;
  readonly why: string;
}

/** Every expression in a template, for what it reads. */
export function expressionsIn(template: Template): readonly Expression[] {
  switch (template.kind) {
    case 'literal':
      return [];
    case 'expression':
      return [template.expression];
    case 'text':
      return template.parts.filter((part) => typeof part !== 'string');
    case 'list':
      return template.items.flatMap(expressionsIn);
    case 'map':
      return template.entries.flatMap(([, one]) => expressionsIn(one));
  }
}

function evaluateOne(
  expression: Expression,
  roots: { readonly [root: string]: Json },
): Result<Json, EvaluationProblem> {
  const value = expression.evaluate(roots);
  return value.ok ? value : err({ expression, why: value.error });
}

function readText(
  document: YamlDocument,
  pointer: string,
  text: string,
  names: Names,
  problems: Diagnostic[],
): Template {
  const parts: (string | Expression)[] = [];
  let isBroken = false;
  let rest = 0;
  for (let open = text.indexOf('${{'); open >= 0; open = text.indexOf('${{', rest)) {
    const close = text.indexOf('}}', open);
    if (close < 0) {
      const at = document.within(pointer, open);
      const help = 'close it with }}';
      const message = 'an expression is opened with ${{ and never closed';
      problems.push({ severity: 'error', code: 'expression', message, help, at });
      return { kind: 'literal', value: text };
    }
    if (open > rest) parts.push(text.slice(rest, open));
    const inside = text.slice(open + 3, close);
    const source = inside.trim();
    const start = open + 3 + inside.indexOf(source);
    const place = (offset: number) => document.within(pointer, start + offset);
    const expression = checkExpression(source, names, place);
    if (expression.ok) parts.push(expression.value);
    else {
      problems.push(expression.error);
      isBroken = true;
    }
    rest = close + 2;
  }
  if (rest < text.length) parts.push(text.slice(rest));
  if (isBroken || parts.every((part) => typeof part === 'string')) {
    return { kind: 'literal', value: text };
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string') {
    return { kind: 'expression', expression: only };
  }
  return { kind: 'text', parts };
}

function isLiteral(template: Template): boolean {
  return template.kind === 'literal';
}
