import { Environment } from '@marcbachmann/cel-js';
import type { TSchema } from 'typebox';
import type { Position } from '../core/position.js';
import type { RegisterType, TypedVar, VarType } from './typed-names.js';

/** What expressions may use at one place of the playbook, with types. */
export interface Names {
  readonly environment: Environment;
  readonly roots: readonly string[];
  readonly vars: readonly string[];
  readonly registers: readonly string[];
  /** Registers of later tasks, with the place of the task. */
  readonly laterRegisters: ReadonlyMap<string, Position>;
  /** Roots that are known elsewhere, and why they are not here. */
  readonly absent: ReadonlyMap<string, string>;
  /** The fields of each record type, for suggestions. */
  readonly fields: ReadonlyMap<string, Fields>;
}

export type Fields = { readonly [field: string]: string };

const HOST_FIELDS = { name: 'string', address: 'string', groups: 'list<string>' } as const;
const RUN_FIELDS = { id: 'string', started: 'string', user: 'string' } as const;
/** What may change when a run is taken up again: no default may rest on it. */
const ACCEPTANCE_FIELDS = { accepted: 'list<string>', reason: 'string' } as const;
/** Known with the inventory, which a default does not see. */
const WITHOUT_FIELD = { without: 'list<Host>' } as const;
const RECORD_FIELDS = { ran: 'bool', changed: 'bool', failed: 'bool' } as const;

const ITEM = ['item', '`item` is there only in a task with `loop`'] as const;
const RESULT = ['result', '`result` is there only in until, changed_when and failed_when'] as const;
const ENV = ['env', '`env` is there only in the defaults of variables'] as const;
const EARLY = 'this is worked out before any host is asked';

/** The names of a task's expressions: declared variables and the registers of the tasks before it. */
export function namesFor(
  vars: ReadonlyMap<string, TypedVar>,
  registers: readonly RegisterType[],
  laterRegisters: ReadonlyMap<string, Position>,
): Names {
  return taskNames(vars, registers, laterRegisters, null);
}

/** What a task judges itself: its own register is there already, as the one record that it has just given. */
export interface OwnRecord {
  readonly register: string | null;
  readonly result: TSchema;
}

/** The names of `until`, `changed_when` and `failed_when`. */
export function namesForJudging(
  vars: ReadonlyMap<string, TypedVar>,
  registers: readonly RegisterType[],
  laterRegisters: ReadonlyMap<string, Position>,
  own: OwnRecord,
): Names {
  return taskNames(vars, registers, laterRegisters, own);
}

function taskNames(
  vars: ReadonlyMap<string, TypedVar>,
  registers: readonly RegisterType[],
  laterRegisters: ReadonlyMap<string, Position>,
  own: OwnRecord | null,
): Names {
  const types = new TypeBook();
  const varFields = fieldsOfVars(vars);
  types.add('Vars', varFields);
  const registered = registerFields(types, registers);
  const ownType = own === null ? null : types.addRecord('Result', own.result);
  const ownFields = own?.register == null || ownType === null ? {} : { [own.register]: ownType };
  types.add('Results', { ...registered, ...ownFields });
  types.add('ResultsOfHost', registered);
  types.add('Host', { ...HOST_FIELDS });
  types.add('HostView', { ...HOST_FIELDS, vars: 'Vars', results: 'ResultsOfHost' });
  types.add('Play', { hosts: 'list<HostView>' });
  types.add('Run', { ...RUN_FIELDS, ...ACCEPTANCE_FIELDS, ...WITHOUT_FIELD });
  const roots = {
    vars: 'Vars',
    results: 'Results',
    host: 'Host',
    play: 'Play',
    hosts: 'map<string, HostView>',
    groups: 'map<string, list<string>>',
    run: 'Run',
    ...(ownType === null ? {} : { result: ownType }),
  };
  const names = Object.keys({ ...registered, ...ownFields });
  const absent = new Map([ITEM, ENV, ...(ownType === null ? [RESULT] : [])]);
  return types.names(roots, Object.keys(varFields), names, laterRegisters, absent);
}

function registerFields(types: TypeBook, registers: readonly RegisterType[]): Fields {
  const fields = registers.map(({ name, result, isLoop }): [string, string] => {
    const type = result === null ? 'dyn' : types.addRecord(`Result_${name}`, result);
    return [name, isLoop ? `list<${type}>` : type];
  });
  return Object.fromEntries(fields);
}

/** The same names and `item`, of a type that is known or of a record of its own. */
export function withItem(names: Names, item: string | Fields): Names {
  const environment = names.environment.clone();
  const isRecord = typeof item !== 'string';
  if (isRecord) environment.registerType('Item', { fields: { ...item } });
  environment.registerVariable('item', isRecord ? 'Item' : item);
  return {
    ...names,
    environment,
    roots: [...names.roots, 'item'],
    absent: new Map([...names.absent].filter(([root]) => root !== 'item')),
    fields: isRecord ? new Map([...names.fields, ['Item', item]]) : names.fields,
  };
}

/** The names of what must be known before any connection: variables, hosts and groups, no results. */
export function namesForHosts(vars: ReadonlyMap<string, TypedVar>): Names {
  const types = new TypeBook();
  const varFields = fieldsOfVars(vars);
  types.add('Vars', varFields);
  types.add('Host', { ...HOST_FIELDS });
  types.add('HostView', { ...HOST_FIELDS, vars: 'Vars' });
  types.add('Play', { hosts: 'list<HostView>' });
  const roots = {
    vars: 'Vars',
    host: 'Host',
    play: 'Play',
    hosts: 'map<string, HostView>',
    groups: 'map<string, list<string>>',
  };
  const early = ['results', 'run', 'item', 'result'].map((root): [string, string] => [root, EARLY]);
  return types.names(roots, Object.keys(varFields), [], new Map(), new Map([...early, ENV]));
}

/** The names of a default: other variables, the run and the environment; no hosts yet. */
export function namesForDefaults(vars: ReadonlyMap<string, TypedVar>): Names {
  const types = new TypeBook();
  const varFields = fieldsOfVars(vars);
  types.add('Vars', varFields);
  types.add('Run', { ...RUN_FIELDS });
  const roots = { vars: 'Vars', run: 'Run', env: 'map<string, string>' };
  const later = ['results', 'host', 'hosts', 'play', 'groups', 'item', 'result'];
  const absent = new Map(later.map((root) => [root, EARLY]));
  return types.names(roots, Object.keys(varFields), [], new Map(), absent);
}

/** The fields of what an expression such as `results.etcd` names; empty when it is not known. */
export function fieldsOf({ environment, fields }: Names, owner: string): readonly string[] {
  return Object.keys(fields.get(environment.check(owner).type ?? '') ?? {});
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

  /** A record of its own each time: two results of one shape do not share a name. */
  addRecord(name: string, result: TSchema): string {
    const own = this.freeName(name);
    this.add(own, { ...this.fieldsFrom(own, result), ...RECORD_FIELDS });
    return own;
  }

  names(
    roots: Fields,
    vars: readonly string[],
    registers: readonly string[],
    laterRegisters: ReadonlyMap<string, Position>,
    absent: ReadonlyMap<string, string>,
  ): Names {
    for (const [root, type] of Object.entries(roots)) {
      this.#environment.registerVariable(root, type);
    }
    return {
      environment: this.#environment,
      roots: Object.keys(roots),
      vars,
      registers,
      laterRegisters,
      absent,
      fields: this.#fields,
    };
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

  private typeOf(wanted: string, schema: TSchema): string {
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
    if (type === 'array')
      return `list<${items === undefined ? 'dyn' : this.typeOf(wanted, items)}>`;
    if (type === 'object' && properties !== undefined) {
      const name = this.freeName(wanted);
      this.add(name, this.fieldsFrom(name, schema));
      return name;
    }
    if (type === 'object' && typeof additionalProperties === 'object') {
      return `map<string, ${this.typeOf(wanted, additionalProperties)}>`;
    }
    return type === 'object' ? 'map<string, dyn>' : 'dyn';
  }

  /** Reserved at once, so that what is inside a record gets another. */
  private freeName(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#fields.has(name); number++) name = `${wanted}${number}`;
    this.#fields.set(name, {});
    return name;
  }
}
