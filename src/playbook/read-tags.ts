import type { Json } from '../core/json.js';
import type { Problems } from './problems.js';

/** Words with a meaning of their own on the command line. */
const RESERVED = ['all', 'tagged', 'untagged'];

/** `tags`: a list, or a text with commas, as in Ansible. They are known before any host is. */
export function readTags(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
): readonly string[] {
  if (value === undefined) return [];
  const written = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return written.flatMap((one, index) => {
    const at = Array.isArray(value) ? `${pointer}/${index}` : pointer;
    if (typeof one !== 'string' || one.trim() === '') {
      problems.at(at, 'wrong-type', 'a tag is a word', 'write `tags: [one, two]`');
      return [];
    }
    if (one.includes('${{')) {
      const message = '`tags` cannot use an expression: they are known before any host is';
      problems.at(at, 'tags-expression', message, 'write the word');
      return [];
    }
    const tags = one.split(',').map((tag) => tag.trim());
    for (const tag of tags.filter((word) => RESERVED.includes(word))) {
      const message = `«${tag}» cannot be a tag: --tags ${tag} has a meaning of its own`;
      problems.at(at, 'reserved-tag', message, 'use another word');
    }
    return tags.filter((tag) => tag !== '');
  });
}
