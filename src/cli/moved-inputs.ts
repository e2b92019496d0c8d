import { resolve } from 'node:path';
import type { Json, JsonObject } from '../core/json.js';
import { differences, differenceText } from '../core/json-difference.js';
import { type InventoryText, parseInventory } from '../inventory/index.js';
import type { Selection } from '../plan/index.js';
import type { Login } from './connections.js';
import type { Edges } from './edges.js';
import { prepare, type RunIdentity } from './prepare.js';
import { type InputOptions, readSources, type Source, type Sources } from './sources.js';

/**
 * What of a run's or a saved plan's inputs reads otherwise today, one line each. A file that is no longer
 * there says nothing: a run can be taken up from another machine, which has only what the run kept.
 */
export function movedInputs(
  kept: Sources,
  run: RunIdentity,
  login: Login,
  edges: Edges,
): readonly string[] {
  const { given } = kept;
  if (given === undefined) return [];
  const there = (file: string): string => resolve(kept.directory, file);
  const isHostList = (name: string): boolean =>
    name.includes(',') && edges.lookAt(there(name)).kind === 'nothing';
  const read = readSources(
    there(given.playbook),
    {
      inventory: given.inventories.map((name) => (isHostList(name) ? name : there(name))),
      varsFile: given.varsFiles.map(there),
      extra: kept.extra,
      ...asTyped(kept.selection),
      ...(kept.limit === null ? {} : { limit: kept.limit }),
      without: kept.without,
    },
    edges,
  );
  if (!read.ok) return [];
  const today = prepare({ ...read.value, directory: kept.directory }, run, login, edges);
  if (!today.ok) {
    const [first] = today.error;
    return [`${given.playbook} and its inventory can no longer be used: ${first?.message ?? ''}`];
  }
  const { frozen } = today.value;
  return [
    ...movedText(given.playbook, kept.playbook.text, frozen.playbook.text),
    ...kept.imports.flatMap(({ file, text }) => {
      const now = frozen.imports.find((one) => one.file === there(file));
      return now === undefined ? [] : movedText(file, text, now.text);
    }),
    ...moved(given.inventories.join(' '), hostsIn(kept.inventories), hostsIn(frozen.inventories)),
    ...moved('the values', valuesIn(kept.varsFiles), valuesIn(frozen.varsFiles)),
  ];
}

function asTyped(selection: Selection | null): Partial<InputOptions> {
  if (selection === null) return {};
  const { tags, skipTags, startAtTask } = selection;
  return { tags, skipTags, ...(startAtTask === null ? {} : { startAtTask }) };
}

function movedText(file: string, before: string, after: string): readonly string[] {
  if (before === after) return [];
  const [was, is] = [before.split('\n'), after.split('\n')];
  const line = was.findIndex((text, index) => text !== is[index]);
  return [`${file} differs from line ${(line < 0 ? was.length : line) + 1} on`];
}

function moved(what: string, was: Json, is: Json): readonly string[] {
  return differences(was, is).map((one) => `${what}: ${differenceText(one)}`);
}

/** Hosts with their variables, and groups: whichever version wrote them down. */
function hostsIn(texts: readonly InventoryText[]): Json {
  const read = parseInventory(texts);
  if (!read.ok) return null;
  const { hosts, groups } = read.value;
  const vars = hosts.map((host) => {
    const own = [...host.vars].map(([name, { value }]) => [name, value] as const);
    return [host.name, Object.fromEntries(own)] as const;
  });
  const named = [...groups].filter(([name]) => name !== 'all' && name !== 'ungrouped');
  return { ...Object.fromEntries(vars), groups: Object.fromEntries(named) };
}

function valuesIn(texts: readonly Source[]): Json {
  return Object.assign({}, ...texts.map(({ text }) => JSON.parse(text) as JsonObject));
}
