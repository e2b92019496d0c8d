import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory } from '../core/inventory.js';
import { CONNECTION_VARIABLES, PASSWORDS } from './connection.js';

/** Ansible's own, which mean nothing here. */
const IGNORED = [
  'ansible_config_file',
  'ansible_host_key_checking',
  'ansible_pipelining',
  'ansible_python_interpreter',
  'ansible_remote_tmp',
  'ansible_scp_extra_args',
  'ansible_scp_if_ssh',
  'ansible_sftp_extra_args',
  'ansible_shell_executable',
  'ansible_shell_type',
  'ansible_ssh_executable',
  'ansible_ssh_host_key_checking',
  'ansible_ssh_pipelining',
  'ansible_ssh_retries',
  'ansible_ssh_timeout',
  'ansible_ssh_transfer_method',
  'ansible_timeout',
  'ansible_winrm_transport',
];

/** What is read here, and what is known and ignored. */
const KNOWN: readonly string[] = [
  ...CONNECTION_VARIABLES,
  ...PASSWORDS,
  'ansible_become',
  'ansible_become_exe',
  'ansible_become_flags',
  'ansible_password',
  'ansible_ssh_pass',
  ...IGNORED,
  'ansible_group_priority',
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
