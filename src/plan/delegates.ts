import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Json } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedTask, Delegate } from '../playbook/checked.js';
import { evaluateTemplate } from '../playbook/template.js';
import { rootsBefore, type Surroundings } from './roots.js';
import { delegatedToLeftOut } from './without.js';

const THIS_MACHINE = ['localhost', 'controller'];

/** Who carries out the step of each host, where that is another. A mistake is told once for the task. */
export function delegatesOf(
  task: CheckedTask,
  hosts: readonly HostName[],
  around: Surroundings,
  problems: Diagnostic[],
): ReadonlyMap<HostName, HostName> {
  const delegates = new Map<HostName, HostName>();
  const { delegate } = task;
  if (delegate === null) return delegates;
  for (const host of hosts) {
    const found = delegateOf(delegate, host, around);
    if (!found.ok) {
      problems.push({ severity: 'error', at: delegate.at, ...found.error });
      return delegates;
    }
    if (around.without.includes(found.value)) {
      problems.push(delegatedToLeftOut(task.name, found.value));
      return delegates;
    }
    if (found.value !== host) delegates.set(host, found.value);
  }
  return delegates;
}

type Mistake = Pick<Diagnostic, 'code' | 'message' | 'help'>;

function delegateOf(
  delegate: Delegate,
  host: HostName,
  around: Surroundings,
): Result<HostName, Mistake> {
  const name = evaluateTemplate(delegate.to, rootsBefore(host, around));
  if (!name.ok) {
    const message = `\`delegate_to\` gives nothing for ${host}: ${name.error.why}`;
    return err({ code: 'unknown-host', message, help: 'name a host of the inventory' });
  }
  const known = around.inventory.hosts.map((one) => one.name);
  const found = known.find((one) => one === name.value);
  if (found !== undefined) return ok(found);
  if (THIS_MACHINE.includes(String(name.value))) return ok(CONTROLLER);
  return err(unknownHost(name.value, [...known, ...THIS_MACHINE]));
}

function unknownHost(name: Json, known: readonly string[]): Mistake {
  const shown = typeof name === 'string' ? name : JSON.stringify(name);
  const near = closest(shown, known);
  return {
    code: 'unknown-host',
    message: `the inventory has no host «${shown}» to delegate to`,
    help: near === null ? `there is: ${known.slice(0, 12).join(', ')}` : `did you mean ${near}?`,
  };
}
