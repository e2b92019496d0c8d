import type { Diagnostic } from '../core/diagnostic.js';
import type { Catalogue } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { chaptersIn, readChapters } from './chapters.js';
import type { CheckedPlaybook, SourceText } from './checked.js';
import { readPlays } from './read-plays.js';
import { readVars } from './read-vars.js';

export { editorSchema } from './editor-schema.js';
export { evidenceProblems } from './evidence.js';
export { importsOf } from './imports.js';
export { moduleSchemas } from './module-schemas.js';
export { moduleReference } from './reference.js';

/**
 * A text → a playbook in which every name, type and expression has been checked. `imports` are the texts
 * of the files that it imports, under the names that `importsOf` gives them.
 */
export function parsePlaybook(
  source: SourceText,
  catalogue: Catalogue,
  imports: ReadonlyMap<string, string> = new Map(),
): Result<CheckedPlaybook, readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const chapter = readChapters(source, imports, problems);
  if (chapter === null) return err(problems);
  const chapters = chaptersIn(chapter);
  const vars = readVars(chapters);
  const plays = readPlays(chapter, vars, catalogue);
  const { name, description } = chapter.value;
  chapter.problems.text('/description', description, 'the description');
  if (problems.length > 0) return err(inReadingOrder(problems));
  return ok({
    file: source.file,
    texts: chapters.map((one) => one.source),
    name: typeof name === 'string' ? name : source.file,
    description: typeof description === 'string' ? description : '',
    vars,
    plays,
  });
}

/** As a person reads: file by file as they were met, from the top. */
function inReadingOrder(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(problems.map(({ at }) => at.file))];
  return [...problems].sort(
    ({ at: a }, { at: b }) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
