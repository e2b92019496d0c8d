import { EVENT_ID, getScalarValue, type parseEvents, SCALAR_STYLE } from 'js-yaml';

type Event = ReturnType<typeof parseEvents>[number];
type ScalarEvent = Extract<Event, { type: typeof EVENT_ID.SCALAR }>;

/** Where one text value stands, character by character. */
export interface ScalarPlace {
  /** The offset in the file of one character of the value. */
  offsetOf(index: number): number;
}

/** Offsets in the text, by JSON pointer. */
export interface YamlPlaces {
  readonly values: ReadonlyMap<string, number>;
  readonly keys: ReadonlyMap<string, number>;
  readonly scalars: ReadonlyMap<string, ScalarPlace>;
  readonly repeatedKeys: readonly { readonly pointer: string; readonly offset: number }[];
  /** Keys that are a list or a map: nobody can point at what is below them. */
  readonly oddKeys: readonly number[];
}

interface OpenCollection {
  readonly pointer: string;
  readonly isMapping: boolean;
  readonly keys: Set<string>;
  /** The key whose value comes next; null while a key is awaited. */
  key: string | null;
  index: number;
}

/** Walks the parser's events once and notes where everything begins. */
export function locate(text: string, events: readonly Event[]): YamlPlaces {
  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  const scalars = new Map<string, ScalarPlace>();
  const repeatedKeys: { pointer: string; offset: number }[] = [];
  const oddKeys: number[] = [];
  const open: OpenCollection[] = [];

  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const parent = open.at(-1);
    const offset = offsetOf(event);
    if (parent?.isMapping === true && parent.key === null) {
      const name = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : '?';
      const pointer = `${parent.pointer}/${escaped(name)}`;
      if (event.type !== EVENT_ID.SCALAR) oddKeys.push(offset);
      else if (parent.keys.has(name)) repeatedKeys.push({ pointer, offset });
      parent.keys.add(name);
      parent.key = name;
      // Of a key that is written twice, the later one is the one that counts.
      keys.set(pointer, offset);
      if (event.type !== EVENT_ID.SCALAR) openCollection(open, event, pointer);
      continue;
    }
    const pointer = pointerIn(parent);
    if (!isUnwritten(event)) values.set(pointer, offset);
    if (event.type === EVENT_ID.SCALAR) scalars.set(pointer, placeOf(text, event));
    else openCollection(open, event, pointer);
  }
  return { values, keys, scalars, repeatedKeys, oddKeys };
}

function openCollection(open: OpenCollection[], event: Event, pointer: string): void {
  if (event.type !== EVENT_ID.MAPPING && event.type !== EVENT_ID.SEQUENCE) return;
  const isMapping = event.type === EVENT_ID.MAPPING;
  open.push({ pointer, isMapping, keys: new Set(), key: null, index: 0 });
}

function pointerIn(parent: OpenCollection | undefined): string {
  if (parent === undefined) return '';
  if (!parent.isMapping) return `${parent.pointer}/${parent.index++}`;
  const pointer = `${parent.pointer}/${escaped(parent.key ?? '')}`;
  parent.key = null;
  return pointer;
}

function isUnwritten(event: Event): boolean {
  return event.type === EVENT_ID.SCALAR && event.valueStart < 0;
}

function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) {
    const isQuoted =
      event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    return isQuoted ? event.valueStart - 1 : Math.max(0, event.valueStart);
  }
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
  return 0;
}

/** Exact for one line of plain text; block scalars go line by line; escapes in quotes are not counted. */
function placeOf(text: string, event: ScalarEvent): ScalarPlace {
  const isBlock =
    event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  if (!isBlock) return { offsetOf: (index) => event.valueStart + index };
  const value = getScalarValue(text, event);
  return {
    offsetOf: (index) => {
      const before = value.slice(0, index);
      const row = before.split('\n').length - 1;
      const column = before.length - (before.lastIndexOf('\n') + 1);
      const source = text.slice(event.valueStart, event.valueEnd).split('\n');
      const first = source.slice(0, row).join('\n').length + (row === 0 ? 0 : 1);
      const indent = /^ */.exec(source[row] ?? '')?.[0].length ?? 0;
      return event.valueStart + first + indent + column;
    },
  };
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
