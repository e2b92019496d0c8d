import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import { CONNECTION_VARIABLES, PASSWORDS } from './connection.js';

/** What is read here, and what is known and ignored. */
const KNOWN: readonly string[] = [
  ...CONNECTION_VARIABLES,
  ...PASSWORDS,
  'ansible_become',
  'ansible_become_exe',
  'ansible_become_flags',
  'ansible_password',
  'ansible_ssh_pass',
  'ansible_python_interpreter',
  'ansible_shell_type',
  'ansible_group_priority',
  'ansible_ssh_pipelining',
  'runback_cluster',
  'runback_disposable',
];

/** A misspelt connection variable is silently ignored by most tools, and then connects elsewhere. */
export function nearMisses(inventory: Omit<Inventory, 'notes'>): readonly Diagnostic[] {
  const notes = new Map<string, Diagnostic>();
  for (const host of inventory.hosts) {
    for (const [name, { at }] of host.vars) {
      if (!/^(ansible|runback)_/.test(name) || KNOWN.includes(name) || notes.has(name)) continue;
      const suggestion = closest(name, KNOWN);
      if (suggestion === null) continue;
      notes.set(name, {
        severity: 'warning',
        code: 'near-miss',
        message: `nothing reads the variable ${name}`,
        help: `did you mean ${suggestion}?`,
        at,
      });
    }
  }
  return [...notes.values()];
}
