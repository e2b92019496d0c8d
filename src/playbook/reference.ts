import type { AnyModule, Catalogue } from '../core/module.js';

interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly anyOf?: readonly Property[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Property;
}

/** The page about every module, made from the modules themselves: docs/modules.md. */
export function moduleReference(catalogue: Catalogue): string {
  const modules = [...catalogue.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const intro =
    '# Modules\n\nWhat a task can do. This page is made from the modules’ own definitions. A register holds `ran`, `changed`,\n`failed`, and the fields under «gives back».\n';
  return `${intro}\n${modules.map(section).join('\n')}`;
}

function section(module: AnyModule): string {
  const { properties, required = [] } = module.args as {
    properties: { readonly [name: string]: Property };
    required?: readonly string[];
  };
  const rows = Object.entries(properties).map(([name, property]) => {
    const isNeeded = required.includes(name) ? 'yes' : '';
    return `| \`${name}\` | ${typeOf(property)} | ${isNeeded} | ${inTable(property.description ?? '')} |`;
  });
  const fields = Object.keys((module.result as { properties?: object }).properties ?? {});
  const facts = [
    module.place === 'controller' ? 'Runs on this machine, once.' : 'Runs on each host.',
    module.readOnly ? 'Changes nothing.' : undoOf(module),
  ];
  const head = `## ${module.name}\n\n${module.summary} ${facts.join(' ')}\n`;
  const table = `| argument | type | needed | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  const gives =
    fields.length === 0 ? '' : `\nGives back: ${fields.map((one) => `\`${one}\``).join(', ')}\n`;
  return `${head}\n${table}${gives}`;
}

function undoOf({ undo }: AnyModule): string {
  if (undo.kind === 'nothing') return 'Needs no undo.';
  if (undo.kind === 'irreversible') return `Cannot be taken back: ${undo.why}.`;
  return 'Is taken back by a rollback.';
}

function typeOf(property: Property): string {
  if (property.const !== undefined) return `\`${String(property.const)}\``;
  if (property.enum !== undefined) return property.enum.map((one) => `\`${one}\``).join(', ');
  if (property.anyOf !== undefined) return property.anyOf.map(typeOf).join(' or ');
  if (property.type === 'array') return `list of ${typeOf(property.items ?? {})}`;
  return { object: 'map', null: 'null' }[property.type ?? ''] ?? property.type ?? 'anything';
}

function inTable(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
