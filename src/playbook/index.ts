import type { Diagnostic } from '../core/diagnostic.js';
import type { Catalogue } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { readYaml } from '../core/yaml.js';
import type { CheckedPlaybook } from './checked.js';

export { editorSchema } from './editor-schema.js';
export { evidenceProblems } from './evidence.js';
export { moduleReference } from './reference.js';

import { LANGUAGE_VERSION, TOP_KEYWORDS } from './keywords.js';
import { isMap, Problems } from './problems.js';
import { readPlays } from './read-plays.js';
import { readVars } from './read-vars.js';

/** A text → a playbook in which every name, type and expression has been checked. */
export function parsePlaybook(
  source: { readonly file: string; readonly text: string },
  catalogue: Catalogue,
): Result<CheckedPlaybook, readonly Diagnostic[]> {
  const document = readYaml(source);
  if (!document.ok) return document;
  const problems = new Problems(document.value);
  const { value } = document.value;
  if (!isMap(value)) {
    const help = 'begin with `name:` and `plays:`';
    problems.at('', 'shape', 'a playbook is a map with a name and plays', help);
    return err(problems.list);
  }
  for (const word of Object.keys(value).filter((one) => !TOP_KEYWORDS.includes(one))) {
    problems.unknownKeyword(`/${word}`, word, 'a playbook', TOP_KEYWORDS);
  }
  const version = value.runback ?? LANGUAGE_VERSION;
  if (version !== LANGUAGE_VERSION) {
    const message = `this version reads language version ${LANGUAGE_VERSION}, not ${String(version)}`;
    problems.at('/runback', 'version', message, 'use a runback that knows it');
  }
  const name = problems.text('/name', value.name, 'the name');
  if (value.name === undefined) {
    problems.at('', 'missing-name', 'the playbook has no name', 'add `name:` as its first line');
  }
  const vars = readVars(problems, value.vars);
  const plays = readPlays(problems, value.plays, vars, catalogue);
  if (problems.list.length > 0) return err(problems.list);
  return ok({
    file: source.file,
    text: source.text,
    name: name ?? source.file,
    description: problems.text('/description', value.description, 'the description') ?? '',
    vars,
    plays,
  });
}
