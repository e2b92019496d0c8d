import Type, { type TProperties } from 'typebox';

/** The arguments of a module: a word that is not among them is a mistake. */
export function argumentsOf<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

/** As core/host-path's isCleanAbsolute has it, but for `/` itself: nothing is ever done to the root. */
const CLEAN_ABSOLUTE = '^(/(?!\\.{1,2}(/|$))[^/\\n\\r\\u0000]+)+$';

export const UNIT_NAME = '^[A-Za-z0-9:_.\\\\@-]+$';

/** An absolute path on the host, without `.`, `..` or doubled slashes: what is written is what is meant. */
export function hostPath(description: string) {
  return Type.String({ title: 'path on the host', pattern: CLEAN_ABSOLUTE, description });
}

/** Absolute as well: a variable of the type `path` is, whatever was given for it. */
export function controllerPath(description: string) {
  const more = 'Absolute: relative ones go through a variable of the type `path`.';
  return Type.String({
    title: 'path on this machine',
    pattern: CLEAN_ABSOLUTE,
    description: `${description} ${more}`,
  });
}

/** Where somebody may have put manifests aside. */
export function manifestCopies(description: string) {
  const path = hostPath('POD stands for the name: /tmp/POD.yaml.bak');
  return Type.Optional(Type.Array(path, { description }));
}

export function duration(description: string) {
  return Type.Optional(
    Type.String({ title: 'duration', pattern: '^[0-9]+[hms]?([0-9]+[ms])*$', description }),
  );
}

/** `90`, `90s`, `5m` in milliseconds. The pattern above has been checked before. */
export function milliseconds(text: string | undefined, fallbackS: number): number {
  if (text === undefined) return fallbackS * 1_000;
  const seconds: { readonly [unit: string]: number } = { h: 3_600, m: 60, s: 1, '': 1 };
  const parts = [...text.matchAll(/(\d+)([hms]?)/g)];
  return parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (seconds[unit] ?? 1) * 1_000,
    0,
  );
}
