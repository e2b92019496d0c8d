import type { ArgumentCard, FieldCard, ModuleCard } from '../core/module-card.js';

/** What a terminal has, whatever it has besides. */
const columns = 80;

/** One module a line, as far as a line goes. */
export function moduleListText(cards: readonly ModuleCard[]): string {
  const width = Math.max(...cards.map(({ name }) => name.length)) + 2;
  const lines = cards.flatMap(({ name, summary }) => {
    const [first = '', ...rest] = wrapped(summary, columns - width);
    return [name.padEnd(width) + first, ...rest.map((line) => ' '.repeat(width) + line)];
  });
  return `${[...lines, '', 'runback modules NAME shows one with its arguments and an example.'].join('\n')}\n`;
}

/** Everything about one module. */
export function moduleText(card: ModuleCard): string {
  const { runsOn, gives, needs, example, givesBack } = card;
  const facts = [
    runsOn === 'controller' ? 'Runs once, on this machine.' : 'Runs on each host.',
    card.undo,
    ...(gives.length === 0 ? [] : [`Gives the proof ${gives.join(', ')}.`]),
    ...(needs.length === 0 ? [] : [`Needs the proofs ${needs.join(', ')}.`]),
  ];
  const register = 'Gives back (with `register: NAME`, as results.NAME.FIELD)';
  const always = 'ran, changed, failed (boolean): how its step went.';
  const sections = [
    [card.name, ...indented(card.summary)],
    wrapped(facts.join(' '), columns),
    ['Arguments', ...card.arguments.flatMap(argumentLines)],
    [register, ...givesBack.flatMap(fieldLines), ...indented(always)],
    ['Example', ...example.split('\n').map((line) => `  ${line}`)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** One JSON line. */
export function moduleJson(card: ModuleCard): string {
  const { runsOn, readOnly, givesBack, ...rest } = card;
  const named = { ...rest, runs_on: runsOn, read_only: readOnly, gives_back: givesBack };
  return `${JSON.stringify({ v: 1, type: 'module', ...named })}\n`;
}

function argumentLines(argument: ArgumentCard): readonly string[] {
  const needed = argument.required ? ', needed' : '';
  return fieldLines({ ...argument, type: `${argument.type}${needed}` });
}

function fieldLines({ name, type, description }: FieldCard): readonly string[] {
  return [...indented(`${name} (${type})`), ...indented(description, 6)];
}

function indented(text: string, by = 2): readonly string[] {
  return wrapped(text, columns - by).map((line) => ' '.repeat(by) + line);
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
