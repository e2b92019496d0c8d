import { type Failure, refused } from '../../core/failure.js';
import { parentOf } from '../../core/host-path.js';
import { err, ok, type Result } from '../../core/result.js';
import { type PodManifest, tidied } from './manifest.js';
import { refuseUnclean } from './refuse-place.js';

export interface MemberFiles {
  readonly dataDir: string;
  /** Null: no --wal-dir. */
  readonly walDir: string | null;
  /** In the container it is a mount point of its own: a volume, and not a directory in one. */
  readonly walIsVolume: boolean;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The member's data directory and certificates, as the host has them. */
export function memberFiles(pod: PodManifest, manifest: string): Result<MemberFiles, Failure> {
  if (pod.flags.has('config-file')) return err(configFile(pod.flags.get('config-file') ?? ''));
  const onHost = (flag: string): string | null => {
    const path = pod.flags.get(flag);
    return path === undefined || path === '' ? null : pod.hostPathOf(path);
  };
  const dataDir = onHost('data-dir');
  const ca = onHost('trusted-ca-file');
  const cert = onHost('cert-file');
  const key = onHost('key-file');
  if (dataDir === null || ca === null || cert === null || key === null) {
    return err(incomplete(manifest));
  }
  const wal = pod.flags.get('wal-dir') ?? '';
  const walDir = wal === '' ? null : pod.hostPathOf(wal);
  if (wal !== '' && walDir === null) return err(walInContainer(wal));
  const unclean = refuseUnclean([dataDir, walDir ?? dataDir, ca, cert, key]);
  if (unclean !== null) return err(unclean);
  const walIsVolume = walDir !== null && pod.hostPathOf(parentOf(tidied(wal))) !== parentOf(walDir);
  return ok({ dataDir, walDir, walIsVolume, ca, cert, key });
}

function configFile(path: string): Failure {
  const message = `etcd reads a configuration file (${path}), and then no flag of its manifest counts`;
  const next = 'this version reads flags only: put them into the manifest';
  return refused('etcd-config-file', message, next);
}

function incomplete(manifest: string): Failure {
  const message = `${manifest} does not say where its data directory and its certificates are on the host`;
  const next =
    'it needs --data-dir, --trusted-ca-file, --cert-file and --key-file below hostPath volumes';
  return refused('manifest-incomplete', message, next);
}

function walInContainer(path: string): Failure {
  const message = `etcd's WAL directory ${path} is in no hostPath volume: it ends with the container`;
  const next =
    'give the pod a volume for it, and let etcd start anew with it, one member at a time';
  return refused('wal-not-on-host', message, next);
}
