import { type Diagnostic, hasErrors } from '../core/diagnostic.js';
import { err } from '../core/result.js';
import { evidenceProblems, parsePlaybook } from '../playbook/index.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import { newIdentity } from './identity.js';
import type { CommonOptions } from './options.js';
import { prepare } from './prepare.js';
import { printDiagnostics, printLine } from './printing.js';
import { importedTexts, readSources, type Sources, textsOf } from './sources.js';

const DEFAULT_DIRECTORY = 'playbooks';

/** `runback validate`: every mistake of every playbook, and with -i of the values and hosts too. */
export async function validateVerb(
  named: readonly string[],
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  const playbooks = named.length > 0 ? named : shippedPlaybooks(edges);
  if (playbooks.length === 0) {
    const at = { file: DEFAULT_DIRECTORY, line: 1, column: 1 };
    const help = 'name one: runback validate PLAYBOOK';
    const message = 'there is no playbook to check here';
    const nothing: Diagnostic = { severity: 'error', code: 'no-playbook', message, help, at };
    return printDiagnostics([nothing], new Map(), options, edges);
  }
  let exitCode = exitCodeOf('done');
  const weigh = named.length > 0 ? (one: Diagnostic) => one : noteOfOneRun;
  for (const playbook of playbooks) {
    if (!validateOne(playbook, weigh, options, edges)) exitCode = BAD_INPUT;
  }
  return exitCode;
}

/** What one run must be given is no mistake of a playbook’s: all of them at once cannot be given it. */
function noteOfOneRun(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === 'missing-value' ? { ...diagnostic, severity: 'note' } : diagnostic;
}

function validateOne(
  playbook: string,
  weigh: (one: Diagnostic) => Diagnostic,
  options: CommonOptions,
  edges: Edges,
): boolean {
  const sources = readSources(playbook, options, edges);
  if (!sources.ok) {
    printDiagnostics(sources.error, new Map(), options, edges);
    return false;
  }
  const checked =
    options.inventory.length === 0
      ? checkAlone(sources.value, edges)
      : prepare(sources.value, newIdentity(edges), options, edges);
  const found = checked.ok ? ('notes' in checked.value ? checked.value.notes : []) : checked.error;
  const findings = found.map(weigh);
  if (findings.length > 0) printDiagnostics(findings, textsOf(sources.value), options, edges);
  const isGood = !hasErrors(findings);
  if (isGood) printLine(`${playbook}: no mistakes found`, options, edges);
  return isGood;
}

/** Without an inventory: everything but hosts and values. */
function checkAlone(sources: Sources, edges: Edges) {
  const playbook = parsePlaybook(sources.playbook, edges.catalogue, importedTexts(sources));
  if (!playbook.ok) return playbook;
  const problems = evidenceProblems(playbook.value);
  return problems.length === 0 ? playbook : err(problems);
}

function shippedPlaybooks(edges: Edges): readonly string[] {
  const names = edges.listFiles(DEFAULT_DIRECTORY);
  if (!names.ok) return [];
  return names.value
    .filter((name) => name.endsWith('.yml') || name.endsWith('.yaml'))
    .map((name) => `${DEFAULT_DIRECTORY}/${name}`);
}
