import { usable } from '../core/ansible-value.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryHost, InventoryVar } from '../core/inventory.js';

type Complain = (problem: Diagnostic, name: string) => void;

/**
 * A host whose variables can be used: `!unsafe` texts are plain texts. An encrypted value or a template is
 * no mistake where it stands; it becomes one when its variable is asked for, and then it is not given.
 */
export function usableHost(host: InventoryHost, complain: Complain): InventoryHost {
  return { ...host, vars: new UsableVars(host.vars, complain) };
}

class UsableVars extends Map<string, InventoryVar> {
  readonly #complain: Complain;

  constructor(vars: ReadonlyMap<string, InventoryVar>, complain: Complain) {
    super(vars);
    this.#complain = complain;
  }

  override get(name: string): InventoryVar | undefined {
    const found = super.get(name);
    if (found === undefined) return undefined;
    const plain = usable(found.value);
    if ('value' in plain) return { value: plain.value, at: found.at };
    const message = `${name} is used here, and its value is ${plain.why}: that is not evaluated`;
    const help = 'write the value itself where it wins: host_vars, or the host in the inventory';
    this.#complain(
      { severity: 'error', code: CODES[plain.why], message, help, at: found.at },
      name,
    );
    return undefined;
  }
}

const CODES = { encrypted: 'vault', 'a Jinja template': 'jinja' } as const;
