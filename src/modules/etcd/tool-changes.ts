import { quote } from '../../core/argv.js';
import type { Change } from '../../core/change.js';
import { join, parentOf } from '../../core/host-path.js';
import type { SeenTools, WantedTool } from './tools.js';

const access = { mode: 0o700, uid: 0, gid: 0 };
const imageMs = 120_000;

export function bring(
  from: 'upload' | 'running',
  one: WantedTool,
  to: string,
  toolsDir: string,
): Change {
  const { sha256, sizeBytes } = one;
  const trash = trashOf(toolsDir);
  if (from === 'running') return { kind: 'copy-file', from: one.from, to, sha256, access, trash };
  return { kind: 'send', from: one.from, to, sha256, sizeBytes, ...access, trash };
}

/**
 * containerd mounts the image read-only for a moment, beside where its programs go. Nothing of it is
 * run but the copies, later.
 */
export function outOfImage(toolsDir: string, { image, through }: SeenTools): Change {
  const mounted = mountIn(toolsDir);
  const script = [
    'set -eu; umask 077',
    `place=${quote(mounted)} target=${quote(toolsDir)}`,
    `leave() { ${quote(through)} --namespace k8s.io images unmount --rm "$place" >/dev/null 2>&1 || :; rmdir "$place"; }`,
    'mkdir -- "$place"; trap leave EXIT',
    `${quote(through)} --namespace k8s.io images mount ${quote(image)} "$place" >/dev/null`,
    `for name in etcdctl etcdutl; do`,
    '  for folder in usr/local/bin usr/bin bin; do',
    '    [ -f "$place/$folder/$name" ] && [ ! -L "$place/$folder/$name" ] || continue',
    '    cat <"$place/$folder/$name" >"$target/.$name.part"; chmod 0700 "$target/.$name.part"',
    '    sync "$target/.$name.part"; mv -f -T -- "$target/.$name.part" "$target/$name"; break',
    '  done',
    'done',
    '[ -f "$target/etcdctl" ] || { echo "there is no etcdctl in the image" >&2; exit 1; }',
  ].join('\n');
  return {
    kind: 'run',
    argv: ['sh'],
    script,
    timeoutMs: imageMs,
    repeatable: true,
    effects: [{ kind: 'path', path: toolsDir }],
  };
}

/** Of a run that was cut off: a mount that is still there would go to the trash with the folder. */
export function unmount(through: string, mounted: string): Change {
  const words = `${quote(through)} --namespace k8s.io images unmount --rm ${quote(mounted)}`;
  return {
    kind: 'run',
    argv: ['sh'],
    script: `${words} || :\nrmdir -- ${quote(mounted)}`,
    timeoutMs: imageMs,
    repeatable: true,
    effects: [{ kind: 'path', path: mounted }],
  };
}

export function mountIn(toolsDir: string): string {
  return join(toolsDir, '.image');
}

function trashOf(toolsDir: string): string {
  return `${parentOf(toolsDir)}/trash`;
}

export function intoTrash(path: string, toolsDir: string): Change {
  return { kind: 'remove', path, trash: trashOf(toolsDir) };
}
