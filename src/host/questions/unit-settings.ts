import { quote } from '../../core/argv.js';
import type { UnitSettings } from '../../core/question.js';
import type { Asked } from './asked.js';
import { noAnswer } from './etcd.js';

const SHOWN = [
  ...['Id', 'LoadState', 'ActiveState', 'UnitFileState', 'NeedDaemonReload', 'FragmentPath'],
  ...['DropInPaths', 'ExecStart', 'Environment', 'EnvironmentFiles', 'User', 'Group'],
  ...['TriggeredBy', 'MainPID'],
];
/** Behind it lies what the main process was started with: an argument or a variable a line. */
const [ARGV, ENVIRONMENT] = ['= argv', '= environment'];
const runningBytesMax = 65_536;

export function unitSettings(name: string, prefix: string): Asked {
  const shown = SHOWN.map((one) => `-p ${one}`).join(' ');
  return {
    script: [
      'command -v systemctl >/dev/null 2>&1 || { echo "there is no systemctl"; exit 127; }',
      `shown=$(systemctl show ${shown} ${quote(name)} 2>&1) || { printf '%s\\n' "$shown"; exit 1; }`,
      'printf \'%s\\n\' "$shown"',
      'pid=${shown##*MainPID=}; pid=${pid%%[!0-9]*}',
      'case $pid in "" | 0) exit 0 ;; esac',
      `echo ${quote(ARGV)}`,
      `head -c ${runningBytesMax} "/proc/$pid/cmdline" 2>/dev/null | tr '\\n\\000' ' \\n'`,
      `echo ${quote(ENVIRONMENT)}`,
      `head -c ${runningBytesMax} "/proc/$pid/environ" 2>/dev/null | tr '\\n\\000' ' \\n' | grep ${quote(`^${prefix}`)}`,
      'exit 0',
    ].join('\n'),
    parse: (part) => {
      if (part.exitCode === 127) return { ...noAnswer(part), reason: 'missing' };
      if (part.exitCode !== 0) return noAnswer(part);
      return settingsIn(part.output.toString('utf8'));
    },
  };
}

function settingsIn(text: string): UnitSettings {
  const [shown = '', rest] = text.split(`${ARGV}\n`);
  const all = (field: string) =>
    [...shown.matchAll(new RegExp(`^${field}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  const value = (field: string) => all(field)[0] ?? '';
  const words = (field: string) => value(field).split(' ').filter(Boolean);
  return {
    name: value('Id'),
    loaded: value('LoadState') === 'loaded',
    active: value('ActiveState'),
    enabled: value('UnitFileState'),
    isStale: value('NeedDaemonReload') === 'yes',
    files: [value('FragmentPath'), ...words('DropInPaths')].filter(Boolean),
    commands: all('ExecStart').flatMap(
      (one) => / argv\[\]=(.*?) ; ignore_errors=/.exec(one)?.[1] ?? [],
    ),
    environment: value('Environment'),
    // Called EnvironmentFile by older ones; one line each.
    environmentFiles: [...all('EnvironmentFiles'), ...all('EnvironmentFile')].flatMap((one) => {
      const [, path, ignored] = /^(.*) \(ignore_errors=(yes|no)\)$/.exec(one) ?? [];
      return path === undefined ? [] : [{ path, isOptional: ignored === 'yes' }];
    }),
    user: value('User'),
    group: value('Group'),
    triggeredBy: words('TriggeredBy'),
    running: rest === undefined ? null : runningIn(rest),
  };
}

function runningIn(text: string): UnitSettings['running'] {
  const [argv = '', environment = ''] = text.split(`${ENVIRONMENT}\n`);
  const lines = (part: string) => part.split('\n').filter(Boolean);
  return lines(argv).length === 0 ? null : { argv: lines(argv), environment: lines(environment) };
}
