import { readFileSync } from 'node:fs';
import type { SshServer } from '../../core/connection.js';
import {
  isListed,
  judge,
  type KnownHost,
  knownKeyTypes,
  needsCertificate,
  parseKnownHosts,
  type Verdict,
} from './known-hosts.js';

/** What is known of servers: every file is read once, so that all of one run are judged by the same. */
export class KnownHosts {
  readonly #files = new Map<string, readonly KnownHost[]>();

  judge(server: SshServer, key: Buffer): Verdict {
    return judge(this.entriesFor(server), server.address, server.port, key);
  }

  typesOf(server: SshServer): readonly string[] {
    return knownKeyTypes(this.entriesFor(server), server.address, server.port);
  }

  isListed(server: SshServer): boolean {
    return isListed(this.entriesFor(server), server.address, server.port);
  }

  needsCertificate(server: SshServer): boolean {
    return needsCertificate(this.entriesFor(server), server.address, server.port);
  }

  /** Something was added: they are read again. */
  forget(): void {
    this.#files.clear();
  }

  private entriesFor({ knownHostsFiles }: SshServer): readonly KnownHost[] {
    return knownHostsFiles.flatMap((file) => {
      const entries = this.#files.get(file) ?? readEntries(file);
      this.#files.set(file, entries);
      return entries;
    });
  }
}

/** A file that is not there knows nobody: then the host is unknown, and that is said. */
function readEntries(file: string): readonly KnownHost[] {
  try {
    return parseKnownHosts(file, readFileSync(file, 'utf8'));
  } catch {
    return [];
  }
}
