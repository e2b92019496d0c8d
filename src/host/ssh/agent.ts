import ssh2, { type IdentityCallback, type ParsedKey, type SignCallback } from 'ssh2';

/** An agent that does not answer is as good as none; but nobody waits for it. */
const answerTimeoutMs = 5_000;

/** The public keys that an agent can sign with; none when it does not answer. */
export function agentKeys(socket: string): Promise<readonly ParsedKey[]> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve([]), answerTimeoutMs);
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      resolve(error || keys === undefined ? [] : (keys as ParsedKey[]));
    });
  });
}

/** An agent of which only some keys are offered: a server counts every key as a try. */
export class SomeOfAgent extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: InstanceType<typeof ssh2.OpenSSHAgent>;
  readonly #keys: readonly ParsedKey[];

  constructor(socket: string, keys: readonly ParsedKey[]) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#keys = keys;
  }

  override getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(null, [...this.#keys]);
  }

  override sign(key: ParsedKey, data: Buffer, options: unknown, done?: SignCallback): void {
    if (done === undefined) this.#agent.sign(key, data, options as SignCallback);
    else this.#agent.sign(key, data, options as object, done);
  }
}
