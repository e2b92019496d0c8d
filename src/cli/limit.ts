import type { Diagnostic } from '../core/diagnostic.js';
import { err, ok, type Result } from '../core/result.js';
import type { Edges } from './edges.js';
import { cannotRead } from './unreadable.js';

/** `--limit`, where `@FILE` stands for the lines of that file, as in Ansible. Null when none was given. */
export function readLimit(
  written: string | undefined,
  edges: Edges,
): Result<string | null, readonly Diagnostic[]> {
  if (written === undefined) return ok(null);
  if (!written.includes('@')) return ok(written);
  const parts: string[] = [];
  for (const part of written.split(',').map((one) => one.trim())) {
    if (!part.startsWith('@')) {
      parts.push(part);
      continue;
    }
    const text = edges.readText(part.slice(1));
    if (!text.ok) return err([cannotRead(part.slice(1), text.error)]);
    parts.push(...text.value.split('\n').map((line) => line.trim()));
  }
  return ok(parts.filter((part) => part !== '').join(','));
}
