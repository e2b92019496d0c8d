import type { Json } from './json.js';
import type { AnyModule } from './module.js';

/** A module as its reference tells of it: for the terminal, for programs, and for docs/modules.md. */
export interface ModuleCard {
  readonly name: string;
  readonly summary: string;
  readonly runsOn: 'host' | 'controller';
  readonly readOnly: boolean;
  /** What a rollback does about it, in a sentence. */
  readonly undo: string;
  /** Proofs that it gives and needs; POD stands for the name of a pod. */
  readonly gives: readonly string[];
  readonly needs: readonly string[];
  readonly arguments: readonly ArgumentCard[];
  readonly givesBack: readonly FieldCard[];
  readonly example: string;
}

export interface FieldCard {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

export interface ArgumentCard extends FieldCard {
  readonly required: boolean;
  /** As it is described; null where there is none. */
  readonly default: string | null;
}

export function cardOf(module: AnyModule): ModuleCard {
  const sample = { pods: ['POD'] };
  return {
    name: module.name,
    summary: module.summary,
    runsOn: module.place,
    readOnly: module.readOnly,
    undo: undoOf(module),
    gives: module.gives?.(sample) ?? [],
    needs: module.needs?.(sample) ?? [],
    arguments: argumentsIn(module.args as Schema),
    givesBack: fieldsIn(module.result as Schema),
    example: module.example.trim(),
  };
}

/** What is read of a JSON schema. */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly anyOf?: readonly Schema[];
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly items?: Schema;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
}

function argumentsIn(schema: Schema): readonly ArgumentCard[] {
  return fieldsIn(schema).map((field) => ({
    ...field,
    required: schema.required?.includes(field.name) ?? false,
    default: /\bDefault: ([^.]+(?:\.\d[^.]*)*)/.exec(field.description)?.[1] ?? null,
  }));
}

function fieldsIn({ properties = {} }: Schema): readonly FieldCard[] {
  return Object.entries(properties).map(([name, property]) => {
    const { description = '' } = property;
    return { name, type: typeOf(property), description };
  });
}

/** In the words of a playbook: `list of string`, `open | closed`. */
export function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.title !== undefined) return schema.title;
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  return { object: 'map', null: 'null' }[schema.type ?? ''] ?? schema.type ?? 'anything';
}

function undoOf({ undo, readOnly }: AnyModule): string {
  if (readOnly) return 'Changes nothing.';
  switch (undo.kind) {
    case 'irreversible':
      return `Cannot be taken back: ${undo.why}.`;
    case 'nothing':
      return 'There is nothing to take back.';
    default:
      return 'A rollback takes it back.';
  }
}
