import type { Position } from './position.js';

/**
 * A finding in a text that a person wrote: a playbook, an inventory, a variables file.
 * `code` is stable (`unknown-keyword`), `message` says what is wrong, `help` what to do next.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'note';
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly at: Position;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
