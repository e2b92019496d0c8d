/** Ansible's rules for `--tags` and `--skip-tags`, with `always` and `never`. */
export function isWanted(
  own: readonly string[],
  wanted: readonly string[],
  skipped: readonly string[],
): boolean {
  const tags = own.length === 0 ? ['untagged'] : own;
  return isChosen(tags, wanted.length === 0 ? ['all'] : wanted) && !isSkipped(tags, skipped);
}

function isChosen(tags: readonly string[], wanted: readonly string[]): boolean {
  if (tags.includes('always')) return true;
  const isAsleep = tags.includes('never');
  if (wanted.includes('all') && !isAsleep) return true;
  if (tags.some((tag) => wanted.includes(tag))) return true;
  return wanted.includes('tagged') && !tags.includes('untagged') && !isAsleep;
}

function isSkipped(tags: readonly string[], skipped: readonly string[]): boolean {
  if (skipped.includes('all')) return !tags.includes('always') || skipped.includes('always');
  if (tags.some((tag) => skipped.includes(tag))) return true;
  return skipped.includes('tagged') && !tags.includes('untagged');
}
