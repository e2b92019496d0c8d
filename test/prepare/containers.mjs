import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from './debian.mjs';

const SOURCES = 'usr/share/gocode/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto';

/**
 * What a lab with real containers needs besides: containerd, its shim, ctr and runc of bookworm, catatonit
 * to make the pause image from, and the CRI as Debian's trixie has it, which is not committed here.
 */
export async function containerTools() {
  const folder = await unpacked(
    'containerd-1.6',
    'bookworm',
    ['containerd', 'runc', 'catatonit'],
    ['usr/bin/containerd', 'usr/sbin/runc'],
  );
  const api = await unpacked('cri-api', 'trixie', ['golang-github-kubernetes-cri-api-dev'], []);
  return { folder, pause: join(folder, 'usr/bin/catatonit'), criFile: readableProto(api) };
}

/** Go's own options are of no use elsewhere, and what they are defined in is not there. */
function readableProto(folder) {
  const file = join(folder, 'api.proto');
  if (existsSync(file)) return file;
  const lines = readFileSync(join(folder, SOURCES), 'utf8')
    .split('\n')
    .filter((line) => !line.includes('gogoproto'));
  writeFileSync(`${file}.${process.pid}`, lines.join('\n'));
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
