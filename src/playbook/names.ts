import { Environment } from '@marcbachmann/cel-js';
import type { TSchema } from 'typebox';
import type { RegisterType, TypedVar, VarType } from './typed-names.js';

/** What expressions may use at one place of the playbook, with types. */
export interface Names {
  readonly environment: Environment;
  readonly roots: readonly string[];
  readonly vars: readonly string[];
  readonly registers: readonly string[];
  /** Registers of later tasks, with the line of the task. */
  readonly laterRegisters: ReadonlyMap<string, number>;
  /** The fields of what an expression such as `results.etcd` names; empty when it is not known. */
  fieldsOf(owner: string): readonly string[];
}

const HOST_FIELDS = { name: 'string', address: 'string', groups: 'list<string>' } as const;
const RUN_FIELDS = { id: 'string', started: 'string', user: 'string' } as const;

/** The names of a task's expressions: declared variables and the registers of the tasks before it. */
export function namesFor(
  vars: ReadonlyMap<string, TypedVar>,
  registers: readonly RegisterType[],
  laterRegisters: ReadonlyMap<string, number>,
): Names {
  const types = new TypeBook();
  const varFields = fieldsOfVars(vars);
  types.add('Vars', varFields);
  const registerFields: { [name: string]: string } = {};
  for (const { name, result } of registers) {
    registerFields[name] = result === null ? 'dyn' : types.addRegister(`register_${name}`, result);
  }
  types.add('Results', registerFields);
  types.add('Host', { ...HOST_FIELDS });
  types.add('HostView', { ...HOST_FIELDS, vars: 'Vars', results: 'Results' });
  types.add('Play', { hosts: 'list<HostView>' });
  types.add('Run', { ...RUN_FIELDS });
  const roots = {
    vars: 'Vars',
    results: 'Results',
    host: 'Host',
    play: 'Play',
    hosts: 'map<string, HostView>',
    groups: 'map<string, list<string>>',
    run: 'Run',
  };
  return types.names(roots, Object.keys(varFields), Object.keys(registerFields), laterRegisters);
}

/** The names of a default: other variables, the run and the environment; no hosts yet. */
export function namesForDefaults(vars: ReadonlyMap<string, TypedVar>): Names {
  const types = new TypeBook();
  const varFields = fieldsOfVars(vars);
  types.add('Vars', varFields);
  types.add('Run', { ...RUN_FIELDS });
  const roots = { vars: 'Vars', run: 'Run', env: 'map<string, string>' };
  return types.names(roots, Object.keys(varFields), [], new Map());
}

function fieldsOfVars(vars: ReadonlyMap<string, TypedVar>): { [name: string]: string } {
  return Object.fromEntries([...vars].map(([name, one]) => [name, celTypeOf(one)]));
}

function celTypeOf(declaration: TypedVar): string {
  const simple = (type: VarType | null): string => {
    if (type === null) return 'dyn';
    if (type === 'integer') return 'int';
    if (type === 'number') return 'double';
    if (type === 'boolean') return 'bool';
    return type === 'list' ? 'list<dyn>' : type === 'map' ? 'map<string, dyn>' : 'string';
  };
  if (declaration.type === 'list') return `list<${simple(declaration.items)}>`;
  if (declaration.type === 'map') return `map<string, ${simple(declaration.items)}>`;
  return simple(declaration.type);
}

type Fields = { readonly [field: string]: string };

/** Registers record types from the inside out, and remembers their fields for suggestions. */
class TypeBook {
  readonly #environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  readonly #fields = new Map<string, Fields>();

  add(name: string, fields: Fields): void {
    this.#fields.set(name, fields);
    this.#environment.registerType(name, { fields: { ...fields } });
  }

  addRegister(name: string, result: TSchema): string {
    const fields = this.fieldsFrom(name, result);
    this.add(name, { ...fields, ran: 'bool', changed: 'bool', failed: 'bool' });
    return name;
  }

  names(
    roots: Fields,
    vars: readonly string[],
    registers: readonly string[],
    laterRegisters: ReadonlyMap<string, number>,
  ): Names {
    for (const [root, type] of Object.entries(roots)) {
      this.#environment.registerVariable(root, type);
    }
    const fieldsOf = (owner: string): readonly string[] => {
      const checked = this.#environment.check(owner);
      return Object.keys(this.#fields.get(checked.type ?? '') ?? {});
    };
    const environment = this.#environment;
    return { environment, roots: Object.keys(roots), vars, registers, laterRegisters, fieldsOf };
  }

  private fieldsFrom(name: string, schema: TSchema): { [field: string]: string } {
    const { properties = {} } = schema as { properties?: { [field: string]: TSchema } };
    return Object.fromEntries(
      Object.entries(properties).map(([field, its]) => [
        field,
        this.typeOf(`${name}_${field}`, its),
      ]),
    );
  }

  private typeOf(name: string, schema: TSchema): string {
    const { type, items, properties, additionalProperties } = schema as {
      type?: string;
      items?: TSchema;
      properties?: object;
      additionalProperties?: TSchema | boolean;
    };
    if (type === 'string') return 'string';
    if (type === 'integer') return 'int';
    if (type === 'number') return 'double';
    if (type === 'boolean') return 'bool';
    if (type === 'array') return `list<${items === undefined ? 'dyn' : this.typeOf(name, items)}>`;
    if (type === 'object' && properties !== undefined) {
      this.add(name, this.fieldsFrom(name, schema));
      return name;
    }
    if (type === 'object' && typeof additionalProperties === 'object') {
      return `map<string, ${this.typeOf(name, additionalProperties)}>`;
    }
    return type === 'object' ? 'map<string, dyn>' : 'dyn';
  }
}
