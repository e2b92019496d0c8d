import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { expect } from 'vitest';
import type { Places } from '../../src/core/ask.js';
import { alteredBy, type Change } from '../../src/core/change.js';
import type { Failure } from '../../src/core/failure.js';
import { holds, questionOf } from '../../src/core/guard.js';
import { type InverseCase, inverseOf } from '../../src/core/inverse.js';
import type { Json } from '../../src/core/json.js';
import type { Module } from '../../src/core/module.js';
import type { ChangeId } from '../../src/core/names.js';
import type { Answer } from '../../src/core/question.js';
import { type Resource, touches } from '../../src/core/resource.js';
import { seenBy } from '../../src/core/seen-by.js';
import { places, type Table, TableHost } from './table-host.js';

/** What a module would do on a host that is as the table says. */
export async function planOf<A extends TSchema, B extends Json, R extends TSchema>(
  module: Module<A, B, R>,
  args: Static<A>,
  at: Places,
): Promise<readonly Change[]> {
  expectFits(module.args, args);
  const before = must(await module.probe(args, at));
  return must(module.plan(args, before));
}

/** What a register would hold after a step that has nothing to change. */
export async function resultOf<A extends TSchema, B extends Json, R extends TSchema>(
  module: Module<A, B, R>,
  args: Static<A>,
  at: Places,
): Promise<Static<R>> {
  expectFits(module.args, args);
  const before = must(await module.probe(args, at));
  expect(must(module.plan(args, before))).toEqual([]);
  const result = must(await module.verify(args, before, [], at));
  expectFits(module.result, result);
  return result;
}

/** The failure of a step that is refused by its probe, its plan or its verify. */
export async function refusalOf<A extends TSchema, B extends Json, R extends TSchema>(
  module: Module<A, B, R>,
  args: Static<A>,
  at: Places,
): Promise<Failure> {
  expectFits(module.args, args);
  const before = await module.probe(args, at);
  const planned = before.ok ? module.plan(args, before.value) : before;
  const ended =
    before.ok && planned.ok && planned.value.length === 0
      ? await module.verify(args, before.value, [], at)
      : planned;
  if (ended.ok) throw new Error(`${module.name} refuses nothing: ${JSON.stringify(ended.value)}`);
  expect(ended.error.kind).toBe('refused');
  expect(ended.error.next).not.toBe('');
  return ended.error;
}

/**
 * A step there and back: its changes are carried out and verified; a second look has nothing to do; its
 * undo is carried out, and what is material is as it was.
 */
export async function thereAndBack<A extends TSchema, B extends Json, R extends TSchema>(
  module: Module<A, B, R>,
  args: Static<A>,
  table: Table,
  controller: Table = {},
): Promise<{ readonly changes: readonly Change[]; readonly result: Static<R>; host: TableHost }> {
  expectFits(module.args, args);
  const host = new TableHost(table);
  const at = places(host, controller);
  const before = must(await module.probe(args, at));
  const changes = must(module.plan(args, before));
  expectForetold(module.mayAlter?.(args) ?? [{ kind: 'everything' }], changes);
  const ids = changes.map((_, index) => `${index}`.padStart(32, '0') as ChangeId);
  const receipts = changes.map((change, index) => host.carryOut(change, ids[index] as ChangeId));
  const result = must(await module.verify(args, before, receipts, at));
  expectFits(module.result, result);
  const again = must(await module.probe(args, at));
  expect(must(module.plan(args, again)), 'a second look').toEqual([]);
  const { undo } = module;
  if (undo.kind === 'by-cases') await takeBack(host, undo.cases(args, before));
  if (undo.kind === 'derived') {
    for (const [index, change] of [...changes.entries()].reverse()) {
      const [id, receipt] = [ids[index], receipts[index]];
      if (id === undefined || receipt === undefined) throw new Error('a change without a receipt');
      const cases = inverseOf(change, id, receipt);
      expect(cases, `${module.name} derives its undo, and this has none`).not.toBeNull();
      await takeBack(host, cases ?? []);
    }
  }
  const after = must(await module.probe(args, at));
  expect(module.material(after), 'what is material').toEqual(module.material(before));
  return { changes, result, host };
}

/** A dry run that cannot foretell the step expects at least what it then alters. */
function expectForetold(expected: readonly Resource[], changes: readonly Change[]): void {
  const altered = changes.flatMap(alteredBy).map(asPath);
  const unexpected = altered.filter((one) => !expected.some((other) => touches(other, one)));
  expect(unexpected, 'altered, and not in mayAlter').toEqual([]);
}

function asPath(resource: Resource): Resource {
  return resource.kind === 'entry' ? { kind: 'path', path: resource.path } : resource;
}

/** Would a dry run defer the step because something pending alters this? Asks the module, and looks. */
export async function isDeferredBy<A extends TSchema, B extends Json, R extends TSchema>(
  module: Module<A, B, R>,
  args: Static<A>,
  table: Table,
  pending: Resource,
): Promise<boolean> {
  const host = new TableHost(table);
  await module.probe(args, places(host, { files: table.files ?? {} }));
  return host.asked.flatMap(seenBy).some((seen) => touches(pending, seen));
}

let undone = 0;

async function takeBack(host: TableHost, cases: readonly InverseCase[]): Promise<void> {
  for (const { when, changes } of cases) {
    const questions = when.map((guard, at) => [`${at}`, questionOf(guard)] as const);
    const answers = must(await host.ask(Object.fromEntries(questions)));
    if (!when.every((guard, at) => holds(guard, answers[`${at}`] as Answer))) continue;
    for (const change of changes) {
      host.carryOut(change, `undo${undone++}`.padStart(32, '0') as ChangeId);
    }
    return;
  }
  throw new Error('nobody knows the way back');
}

function must<T>(result: { ok: true; value: T } | { ok: false; error: Failure }): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.code}: ${result.error.message} ${result.error.detail ?? ''}`);
}

function expectFits(schema: TSchema, value: unknown): void {
  const wrong = [...Value.Errors(schema, value)].map((one) => `${one.instancePath} ${one.message}`);
  expect(wrong).toEqual([]);
}
