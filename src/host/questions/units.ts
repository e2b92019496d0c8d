import { quote } from '../../core/argv.js';
import type { Asked } from './asked.js';
import { noAnswer } from './etcd.js';

export function unit(name: string): Asked {
  const shown = 'LoadState ActiveState UnitFileState'.split(' ').map((one) => `-p ${one}`);
  return {
    script: [
      'command -v systemctl >/dev/null 2>&1 || { echo "there is no systemctl"; exit 127; }',
      `systemctl show ${shown.join(' ')} ${quote(name)} 2>&1`,
    ].join('\n'),
    parse: (part) => {
      if (part.exitCode === 127) return { ...noAnswer(part), reason: 'missing' };
      if (part.exitCode !== 0) return noAnswer(part);
      const text = part.output.toString('utf8');
      const value = (field: string) => new RegExp(`^${field}=(.*)$`, 'm').exec(text)?.[1] ?? '';
      const loaded = value('LoadState') === 'loaded';
      return { loaded, active: value('ActiveState'), enabled: value('UnitFileState') };
    },
  };
}

/** Numbers of names, as this host has them; without getent the file is read, as busybox does. */
export function accounts(users: readonly string[], groups: readonly string[]): Asked {
  const script = [
    ...users.map((name) => `printf '%s\\n' "$(id -u ${quote(name)} 2>/dev/null)"`),
    'group() {',
    '  if command -v getent >/dev/null 2>&1; then getent group "$1"; else cat /etc/group; fi |',
    '    while IFS=: read -r n _ g _; do if [ "$n" = "$1" ]; then printf %s "$g"; break; fi; done',
    '}',
    ...groups.map((name) => `printf '%s\\n' "$(group ${quote(name)})"`),
  ].join('\n');
  return {
    script,
    parse: (part) => {
      const lines = part.output.toString('ascii').split('\n');
      const numbers = (names: readonly string[], from: number) =>
        Object.fromEntries(names.map((name, at) => [name, numberOf(lines[from + at])]));
      return { users: numbers(users, 0), groups: numbers(groups, users.length) };
    },
  };
}

function numberOf(line: string | undefined): number | null {
  return line !== undefined && /^[0-9]+$/.test(line) ? Number(line) : null;
}
