import type { Json } from '../core/json.js';
import { readYaml } from '../core/yaml.js';
import type { SourceText } from './checked.js';
import { isMap } from './problems.js';

/**
 * The files that a playbook imports, in order, named as the playbook itself is named: whoever reads files
 * reads these too, and theirs, before the playbook is parsed. Empty for a text that is no playbook.
 */
export function importsOf(source: SourceText): readonly string[] {
  const document = readYaml(source);
  if (!document.ok || !isMap(document.value.value)) return [];
  const { plays } = document.value.value;
  if (!Array.isArray(plays)) return [];
  const files = plays.flatMap((play: Json) => {
    const written = isMap(play) ? play.import : undefined;
    return isImportPath(written) ? [importedFile(source.file, written)] : [];
  });
  return [...new Set(files)];
}

/** A path below or beside the importing file; it is the same on every machine. */
export function isImportPath(written: Json | undefined): written is string {
  return typeof written === 'string' && /^[^/$\0][^\0]*$/.test(written) && !written.includes('${{');
}

/** `../b.yml` as written in `site/a.yml` is `b.yml`. */
export function importedFile(from: string, written: string): string {
  const directory = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  const parts: string[] = directory === '' ? [] : directory.split('/');
  for (const part of written.split('/')) {
    if (part === '' || part === '.') continue;
    const last = parts.at(-1);
    if (part === '..' && last !== undefined && last !== '' && last !== '..' && last !== '.') {
      parts.pop();
    } else parts.push(part);
  }
  return parts.join('/');
}
