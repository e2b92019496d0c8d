import type { Diagnostic } from '../core/diagnostic.js';
import type { JsonObject } from '../core/json.js';
import { err, ok, type Result } from '../core/result.js';
import { readYaml } from '../core/yaml.js';
import type { ExtraValue } from '../plan/index.js';
import type { Sources } from './sources.js';

/** Vars files in their order, then `-e` in its order: the last one wins. */
export function readExtra(
  sources: Sources,
): Result<ReadonlyMap<string, ExtraValue>, readonly Diagnostic[]> {
  const values = new Map<string, ExtraValue>();
  const problems: Diagnostic[] = [];
  for (const source of sources.varsFiles) {
    const document = readYaml(source);
    if (!document.ok) {
      problems.push(...document.error);
      continue;
    }
    const { value } = document.value;
    if (value === null) continue;
    if (typeof value !== 'object' || Array.isArray(value)) {
      problems.push(problem('vars-file', 'a vars file is a map of names to values', source.file));
      continue;
    }
    for (const [name, one] of Object.entries(value as JsonObject)) {
      values.set(name, { value: one, at: document.value.at(`/${name}`), isText: false });
    }
  }
  for (const pair of sources.extra) {
    const cut = pair.indexOf('=');
    if (cut <= 0) {
      problems.push(problem('extra', `-e wants name=value, not «${pair}»`, '-e'));
      continue;
    }
    const at = { file: '-e', line: 1, column: 1 };
    values.set(pair.slice(0, cut), { value: pair.slice(cut + 1), at, isText: true });
  }
  return problems.length === 0 ? ok(values) : err(problems);
}

function problem(code: string, message: string, file: string): Diagnostic {
  const help = 'see docs/playbooks.md, "Values"';
  return { severity: 'error', code, message, help, at: { file, line: 1, column: 1 } };
}
