import type { Command } from 'commander';
import { closest } from '../core/closest.js';
import { refused } from '../core/failure.js';
import type { AnyModule } from '../core/module.js';
import { cardOf } from '../core/module-card.js';
import { moduleJson, moduleListText, moduleText } from '../report/index.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { printFailure } from './printing.js';

export function addModulesVerb(
  command: Command,
  edges: Edges,
  done: (exitCode: number) => void,
): void {
  command
    .description('what a task can do: all modules in a sentence each, or one with everything')
    .argument('[module]', 'whose arguments, results and example are shown')
    .action((name: string | undefined, options: CommonOptions) =>
      done(modulesVerb(name, options, edges)),
    );
}

/** `runback modules [NAME]`: the reference, from the modules themselves. */
function modulesVerb(name: string | undefined, options: CommonOptions, edges: Edges): number {
  const all = [...edges.catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = name === undefined ? all : all.filter((module) => module.name === name);
  if (shown.length === 0) return unknown(name ?? '', all, options, edges);
  const cards = shown.map(cardOf);
  const [only] = cards;
  if (options.output === 'json') edges.out.write(cards.map(moduleJson).join(''));
  else if (name === undefined || only === undefined) edges.out.write(moduleListText(cards));
  else edges.out.write(moduleText(only));
  return exitCodeOf('done');
}

function unknown(
  name: string,
  all: readonly AnyModule[],
  options: CommonOptions,
  edges: Edges,
): number {
  const near = closest(
    name,
    all.map((module) => module.name),
  );
  const next = near === null ? '`runback modules` lists them' : `did you mean ${near}?`;
  const failure = refused('unknown-module', `there is no module «${name}»`, next);
  return printFailure(failure, BAD_INPUT, options, edges);
}
