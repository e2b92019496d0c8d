import type { Template, VarDeclaration } from './checked.js';
import type { Problems } from './problems.js';
import { expressionsIn } from './template.js';

/** A place that is written down, shown or sent as part of a command takes no secret. */
export function refuseSecrets(
  problems: Problems,
  pointer: string,
  template: Template,
  vars: ReadonlyMap<string, VarDeclaration>,
  what: string,
): void {
  const used = expressionsIn(template).flatMap((expression) => expression.vars);
  const secret = used.find((name) => vars.get(name)?.type === 'secret');
  if (secret === undefined) return;
  const message = `${secret} is a secret, and ${what} would show it`;
  problems.at(pointer, 'secret', message, 'give it only to an argument that takes a secret');
}
