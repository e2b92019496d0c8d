import type { TSchema } from 'typebox';

export type VarType =
  | 'string'
  | 'path'
  | 'host_path'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'duration'
  | 'list'
  | 'map'
  | 'secret';

/** What expressions need to know of a variable: its type, and that of a list's or map's items. */
export interface TypedVar {
  readonly type: VarType;
  readonly items: VarType | null;
}

/** What a register holds: the module's result under the three fields that every register has. */
export interface RegisterType {
  readonly name: string;
  /** Null when the task's module is not known: its fields may be anything. */
  readonly result: TSchema | null;
  /** A task with a loop registers a list of such records, one for each item. */
  readonly isLoop: boolean;
}
