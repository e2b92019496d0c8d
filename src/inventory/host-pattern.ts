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
  const expanded = expandRange(withoutBrackets(name));
  if (!expanded.ok) return expanded;
  const refused = expanded.value.map(refusedName).find((why) => why !== null);
  if (refused !== undefined) return err(refused);
  return ok({ names: expanded.value as HostName[], port });
}

/** The last `:digits` is a port, but not in a bare IPv6 address and not inside a range. */
function withoutPort(written: string): { readonly name: string; readonly port: number | null } {
  const [, name, port] = /^(\[.*\]|(?:[^:[\]]|\[[^\]]*\])*):([0-9]{1,15})$/.exec(written) ?? [];
  return name === undefined ? { name: written, port: null } : { name, port: Number(port) };
}

/**
 * `[2001:db8::1]:22`, and `[cp1]:22` as well: brackets around a name keep it apart from a port. What is
 * left in brackets is a range, which has one or two colons of its own.
 */
function withoutBrackets(name: string): string {
  const [, inner = ''] = /^\[((?:[^[\]]|\[[^[\]]*\])*)\]$/.exec(name) ?? [];
  const outside = inner.replace(/\[[^[\]]*\]/g, '');
  const isAddress = /^[0-9A-Fa-f:.]*$/.test(outside) && outside.split(':').length > 2;
  const isRange = /^(?:[0-9]*|[A-Za-z]):[0-9A-Za-z]+(?::[0-9]+)?$/.test(inner);
  return inner !== '' && !isRange && (isAddress || !outside.includes(':')) ? inner : name;
}

/**
 * Names are printed, hashed and used in file names; and one name has a meaning of its own: a host called
 * like the controller would be changed on the wrong machine.
 */
export function refusedName(name: string): string | null {
  if (name === '') return 'a host has an empty name';
  if (name === CONTROLLER) return `«${name}» is the machine that runback runs on, not a host`;
  if (name === 'all') return '«all» is every host, and no name for one';
  const isPlain =
    /^[\p{L}\p{N}_.:][\p{L}\p{N}_.:@+-]*$/u.test(name) && name !== '.' && name !== '..';
  return isPlain ? null : `«${name}» is not a host's name: letters, digits and . _ - : @ + only`;
}
