import { resolve } from 'node:path';
import type { Json } from '../core/json.js';
import { differences, differenceText } from '../core/json-difference.js';
import type { Login } from './connections.js';
import type { Edges } from './edges.js';
import { prepare, type RunIdentity } from './prepare.js';
import { readSources, type Source, type Sources } from './sources.js';

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
  const read = readSources(
    there(given.playbook),
    {
      inventory: given.inventories.map(there),
      varsFile: given.varsFiles.map(there),
      extra: kept.extra,
      ...(kept.limit === null ? {} : { limit: kept.limit }),
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
    ...movedJson(given.inventories.join(', '), kept.inventories, frozen.inventories),
    ...movedJson('the values', kept.varsFiles, frozen.varsFiles),
  ];
}

function movedText(file: string, before: string, after: string): readonly string[] {
  if (before === after) return [];
  const [was, is] = [before.split('\n'), after.split('\n')];
  const line = was.findIndex((text, index) => text !== is[index]);
  return [`${file} differs from line ${(line < 0 ? was.length : line) + 1} on`];
}

function movedJson(
  what: string,
  before: readonly Source[],
  after: readonly Source[],
): readonly string[] {
  const [was, is] = [before, after].map((sources) => sources.map(parsed));
  return differences(was, is).map((one) => {
    // The place of the text among its kind says nothing to anybody.
    const path = one.path.slice(1).filter((part) => part !== 'all' && part !== 'hosts');
    return `${what}: ${differenceText({ ...one, path })}`;
  });
}

function parsed({ text }: Source): Json {
  return JSON.parse(text) as Json;
}
