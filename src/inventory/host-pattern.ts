import { CONTROLLER, type HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import { expandRange } from './range.js';

/** What one key below `hosts:` stands for. */
export interface HostPattern {
  readonly names: readonly HostName[];
  /** `cp1:2222` says the port too, as in Ansible; null when it does not. */
  readonly port: number | null;
}

/** A name, an address in brackets or a range, perhaps with a port behind it. The error is a sentence. */
export function readHostPattern(written: string): Result<HostPattern, string> {
  const { name, port } = withoutPort(written);
  if (port !== null && (port < 1 || port > 65_535)) return err(`${written}: ${port} is not a port`);
  const address = /^\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]$/.exec(name)?.[1];
  const expanded = address === undefined ? expandRange(name) : ok([address]);
  if (!expanded.ok) return expanded;
  const refused = expanded.value.map(refusal).find((why) => why !== null);
  if (refused !== undefined) return err(refused);
  return ok({ names: expanded.value as HostName[], port });
}

/** The last `:digits` is a port, but not in a bare IPv6 address and not inside a range. */
function withoutPort(written: string): { readonly name: string; readonly port: number | null } {
  const [, name, port] = /^(\[.*\]|(?:[^:[\]]|\[[^\]]*\])*):([0-9]{1,15})$/.exec(written) ?? [];
  return name === undefined ? { name: written, port: null } : { name, port: Number(port) };
}

/**
 * Names are printed, hashed and used in file names; and one name has a meaning of its own: a host called
 * like the controller would be changed on the wrong machine.
 */
function refusal(name: string): string | null {
  if (name === '') return 'a host has an empty name';
  if (name === CONTROLLER) return `«${name}» is the machine that runback runs on, not a host`;
  const isPlain =
    /^[\p{L}\p{N}_.:][\p{L}\p{N}_.:@+-]*$/u.test(name) && name !== '.' && name !== '..';
  return isPlain ? null : `«${name}» is not a host's name: letters, digits and . _ - : @ + only`;
}
