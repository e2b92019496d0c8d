import type { Catalogue } from '../core/module.js';
import { type ArgumentCard, cardOf, type FieldCard, type ModuleCard } from '../core/module-card.js';

/** The page about every module, made from the modules themselves: docs/modules.md. */
export function moduleReference(catalogue: Catalogue): string {
  const modules = [...catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const intro = [
    '# Modules',
    '',
    'What a task can do. This page is made from the modules’ own definitions, as `runback modules NAME` is. A register holds',
    '`ran`, `changed`, `failed`, and the fields under «gives back».',
    '',
  ];
  return [...intro, ...modules.map((module) => section(cardOf(module)))].join('\n');
}

function section(card: ModuleCard): string {
  const { name, summary, gives, needs, givesBack, example } = card;
  const facts = [
    summary,
    card.runsOn === 'controller' ? 'Runs on this machine, once.' : 'Runs on each host.',
    card.undo,
    ...(gives.length === 0 ? [] : [`Gives the proof ${ticked(gives)}.`]),
    ...(needs.length === 0 ? [] : [`Needs the proofs ${ticked(needs)}.`]),
  ];
  const lines = [
    `## ${name}`,
    '',
    facts.join(' '),
    '',
    '```yaml',
    example,
    '```',
    '',
    '| argument | type | needed | |',
    '| --- | --- | --- | --- |',
    ...card.arguments.map(argumentRow),
    '',
    ...(givesBack.length === 0 ? [] : ['Gives back:', '', ...givesBack.map(fieldItem), '']),
  ];
  return lines.join('\n');
}

function argumentRow({ name, type, required, description }: ArgumentCard): string {
  const cells = [`\`${name}\``, type, required ? 'yes' : '', description].map(inTable);
  return `| ${cells.join(' | ')} |`;
}

function fieldItem({ name, type, description }: FieldCard): string {
  return `- \`${name}\` (${type})${description === '' ? '' : `: ${description}`}`;
}

function ticked(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ');
}

function inTable(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
