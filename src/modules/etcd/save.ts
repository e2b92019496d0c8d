import type { Change } from '../../core/change.js';
import { join, parentOf } from '../../core/host-path.js';
import type { InverseCase } from '../../core/inverse.js';
import type { MemberFacts } from './member.js';

/** As long as saving it may take. */
export const saveMsMax = 600_000;

/** `etcdctl snapshot save`: it writes FILE.part, syncs it, and gives it its name. */
export function savesSnapshot(
  member: MemberFacts,
  to: string,
  repeatable: boolean,
): readonly Change[] {
  const { etcdctl, endpoint, ca_file, cert_file, key_file } = member;
  return [
    { kind: 'make-directory', path: parentOf(to), mode: 0o700 },
    {
      kind: 'run',
      argv: [
        etcdctl,
        'snapshot',
        'save',
        to,
        `--endpoints=${endpoint}`,
        `--cacert=${ca_file}`,
        `--cert=${cert_file}`,
        `--key=${key_file}`,
        '--command-timeout=10m',
      ],
      environment: { ETCDCTL_API: '3' },
      timeoutMs: saveMsMax,
      repeatable,
      effects: [{ kind: 'path', path: to }],
    },
  ];
}

/** One that was killed leaves FILE.part, with every Secret in it. */
export function unsavesSnapshot(to: string): readonly InverseCase[] {
  const away = [`${to}.part`, to].map((path): InverseCase => {
    const trash = join(parentOf(path), 'trash');
    return { when: [{ path, is: 'present' }], changes: [{ kind: 'remove', path, trash }] };
  });
  return [...away, { when: [], changes: [] }];
}
