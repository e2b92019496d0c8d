import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import type { SshServer } from '../../core/connection.js';
import type { Failure } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import type { Secret } from '../../core/secret.js';
import { agentKeys, SomeOfAgent } from './agent.js';
import { keyFailure, lockedKeyFailure } from './failures.js';
import { type Identity, readIdentity } from './identities.js';
import type { Leg } from './leg.js';

/** One way of proving who we are, and what a person calls it. */
export interface Offer {
  readonly name: string;
  readonly method: AnyAuthMethod;
}

interface KeyFile {
  readonly file: string;
  readonly isDefault: boolean;
  readonly identity: Identity;
  /** The same key in the agent, which signs without a passphrase. */
  readonly inAgent: ParsedKey | null;
}

/** The keys at hand: files and agents are looked at once in a run. */
export class KeyRing {
  readonly #agents = new Map<string, Promise<readonly ParsedKey[]>>();
  readonly #files = new Map<string, Identity>();

  constructor(private readonly passphrases: ReadonlyMap<string, Secret>) {}

  /**
   * Named keys first, then the rest of the agent, then the default files: a server hangs up after six
   * wrong ones, and the one that was named is the one that was meant. A named key must be usable.
   */
  async offersFor(leg: Leg): Promise<Result<readonly Offer[], Failure>> {
    const { user, agentSocket, identitiesOnly } = leg.server;
    const [files, agent] = await this.keysFor(leg.server);
    const problem = files.find((one) => !one.isDefault && !isUsable(one));
    if (problem !== undefined) return err(failureOf(leg, problem));
    const fromFile = ({ file, identity, inAgent }: KeyFile): Offer[] => {
      if (inAgent !== null && agentSocket !== null) {
        const only = new SomeOfAgent(agentSocket, [inAgent]);
        return [
          { name: `${file} (agent)`, method: { type: 'agent', username: user, agent: only } },
        ];
      }
      if (identity.kind !== 'open') return [];
      const { key } = identity;
      return [{ name: file, method: { type: 'publickey', username: user, key } }];
    };
    const rest = agent.filter((key) => !files.some((one) => one.inAgent === key));
    const fromAgent: readonly Offer[] =
      agentSocket === null || identitiesOnly || rest.length === 0
        ? []
        : [
            {
              name: `${rest.length} of the agent’s keys`,
              method: { type: 'agent', username: user, agent: new SomeOfAgent(agentSocket, rest) },
            },
          ];
    const named = files.filter((one) => !one.isDefault).flatMap(fromFile);
    const usual = files.filter((one) => one.isDefault).flatMap(fromFile);
    const offers = [...named, ...fromAgent, ...usual];
    const locked = files.find((one) => one.identity.kind === 'locked');
    if (offers.length === 0 && locked !== undefined) return err(lockedKeyFailure(leg, locked.file));
    return ok(offers);
  }

  /** The files that a login there would use, and that a passphrase would have to open first. */
  async lockedFor(server: SshServer): Promise<readonly string[]> {
    const [files, agent] = await this.keysFor(server);
    const isLocked = (one: KeyFile) => one.identity.kind === 'locked' && one.inAgent === null;
    const named = files.filter((one) => !one.isDefault && isLocked(one)).map((one) => one.file);
    const hasOther = files.some(isUsable) || (agent.length > 0 && !server.identitiesOnly);
    const usual = hasOther ? [] : files.filter((one) => one.isDefault && isLocked(one));
    return [...named, ...usual.map((one) => one.file)];
  }

  private async keysFor(
    server: SshServer,
  ): Promise<readonly [readonly KeyFile[], readonly ParsedKey[]]> {
    const { agentSocket, identityFiles } = server;
    const agent = agentSocket === null ? [] : await this.agent(agentSocket);
    const files = identityFiles.map((file): KeyFile => {
      const identity = this.identity(file);
      const publicKey = 'publicKey' in identity ? identity.publicKey : null;
      const inAgent = agent.find((key) => publicKey?.equals(key.getPublicSSH())) ?? null;
      return { file, isDefault: isDefaultFile(file), identity, inAgent };
    });
    return [files, agent];
  }

  private agent(socket: string): Promise<readonly ParsedKey[]> {
    const keys = this.#agents.get(socket) ?? agentKeys(socket);
    this.#agents.set(socket, keys);
    return keys;
  }

  private identity(file: string): Identity {
    const passphrase = this.passphrases.get(file) ?? null;
    const identity = this.#files.get(file) ?? readIdentity(file, passphrase);
    this.#files.set(file, identity);
    return identity;
  }
}

function isUsable({ identity, inAgent }: KeyFile): boolean {
  return identity.kind === 'open' || inAgent !== null;
}

/** Nobody named these: they are offered when they are there. */
function isDefaultFile(file: string): boolean {
  return /\/\.ssh\/id_(ed25519|ecdsa|rsa)$/.test(file);
}

function failureOf(leg: Leg, { file, identity }: KeyFile): Failure {
  switch (identity.kind) {
    case 'locked':
      return lockedKeyFailure(leg, file);
    case 'public':
      return keyFailure(leg, file, 'it is the public half, and no agent holds the other');
    case 'missing':
      return keyFailure(leg, file, 'it is not there');
    default:
      return keyFailure(leg, file, identity.kind === 'unusable' ? identity.why : '');
  }
}
