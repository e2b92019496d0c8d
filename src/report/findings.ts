import type { ChalkInstance } from 'chalk';
import { bySeverity, type Finding, type Severity } from '../core/finding.js';
import type { Json, JsonObject } from '../core/json.js';
import { lastLines, oneLine } from './safe-text.js';

/** What a module found, as its result says it; anything else that is called so is left alone. */
export function findingsIn(result: JsonObject | null): readonly Finding[] {
  const found = result?.findings;
  return Array.isArray(found) ? found.filter(isFinding) : [];
}

/** Errors first; hosts of which the same is said share one entry. */
export function findingLines(
  findings: readonly Finding[],
  paint: ChalkInstance | null,
): readonly string[] {
  return foldFindings(bySeverity(findings)).flatMap(({ first, hosts }) => {
    const word = first.accepted ? `${first.severity}, accepted` : first.severity;
    const head = `${word} ${oneLine(first.code)}${hosts.length === 0 ? '' : `  ${hosts.join(' ')}`}`;
    const evidence = first.evidence.trim();
    return [
      painted(paint, first.accepted ? 'note' : first.severity, head),
      `  ${oneLine(first.message)}`,
      ...(evidence === '' ? [] : lastLines(evidence).map((line) => `  | ${line}`)),
      `  do: ${oneLine(first.remedy)}`,
    ];
  });
}

interface FoldedFinding {
  readonly first: Finding;
  readonly hosts: string[];
}

function foldFindings(findings: readonly Finding[]): readonly FoldedFinding[] {
  const folded = new Map<string, FoldedFinding>();
  for (const finding of findings) {
    const { code, message, evidence, accepted } = finding;
    const key = JSON.stringify([code, message, evidence, accepted]);
    const alike = folded.get(key) ?? { first: finding, hosts: [] };
    if (finding.host !== null) alike.hosts.push(oneLine(finding.host));
    folded.set(key, alike);
  }
  return [...folded.values()];
}

function painted(paint: ChalkInstance | null, severity: Severity, text: string): string {
  if (paint === null) return text;
  if (severity === 'error') return paint.red.bold(text);
  return severity === 'warning' ? paint.yellow(text) : paint.cyan(text);
}

function isFinding(value: Json): value is Json & Finding {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const { code, severity, message, evidence, remedy, host } = value as JsonObject;
  return (
    [code, message, evidence, remedy].every((text) => typeof text === 'string') &&
    ['error', 'warning', 'note'].includes(String(severity)) &&
    (host === null || typeof host === 'string')
  );
}
