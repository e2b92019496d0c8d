/** A bastion as it is written: what is not said is null. */
export interface Jump {
  readonly user: string | null;
  readonly address: string;
  readonly port: number | null;
  /** Of a ProxyCommand's own `-i`, `-o UserKnownHostsFile=…`; empty: those of the host behind it. */
  readonly identities: readonly string[];
  readonly knownHosts: readonly string[];
  readonly identitiesOnly: boolean | null;
}

/** `[user@]host[:port]`, `ssh://…` and `[user@][2001:db8::1][:port]`; null when it is none of them. */
export function readJump(text: string): Jump | null {
  const shape =
    /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([0-9A-Fa-f:.]+)\]|([^\s:@/[\]-][^\s:@/[\]]*))(?::(\d+))?\/?$/;
  const [, user, bracketed, name, port] = shape.exec(text) ?? [];
  const address = bracketed ?? name;
  if (address === undefined || (port !== undefined && !isPort(port))) return null;
  const own = { identities: [], knownHosts: [], identitiesOnly: null };
  return { user: user ?? null, address, port: port === undefined ? null : Number(port), ...own };
}

export function isPort(text: string): boolean {
  return /^[0-9]+$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
}
