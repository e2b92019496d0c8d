import { expect, it } from 'vitest';
import { checkHistory } from '../../../src/modules/preflight/cluster/history.js';
import type { HostReport } from '../../../src/modules/preflight/report.js';
import { REPORTS, reportsWith } from './healthy.js';

const [cp1] = REPORTS as [HostReport, ...HostReport[]];
const past = (more: Partial<HostReport['past']>) => ({ past: { ...cp1.past, ...more } });
const all = (more: Partial<HostReport['past']>) =>
  REPORTS.map((one) => ({ ...one, ...past(more) }));
const bare = { id: '8e9e05c52164694d', name: 'cp2', peer_urls: ['http://localhost:2380'] };

/** What is otherwise in a cluster that looks healthy, and what is found then: code and host. */
const CASES: readonly (readonly [string, readonly HostReport[], ...string[]])[] = [
  ['nothing', REPORTS],
  ['nobody who answers', all({ nodes: null, data_born_s: null, api_server_started_s: null })],
  [
    'a member that was restored without flags',
    reportsWith('cp2', { live_members: [{ ...bare, is_learner: false }] }),
    'restored-without-flags cp2',
  ],
  [
    'a directory in the data directory',
    reportsWith('cp3', past({ strays: ['notes', 'x'], nested: ['x'] })),
    'restored-inside cp3',
    'data-dir-strays cp3',
  ],
  [
    'an API server that is older than all data',
    reportsWith('cp2', past({ api_server_started_s: 939 })),
    'api-server-outlived-restore cp2',
  ],
  [
    'an API server that waited for its etcd',
    reportsWith('cp2', past({ api_server_started_s: 941 })),
  ],
  [
    'a member that joined late, beside an older API server',
    reportsWith('cp2', past({ data_born_s: 90_000 })),
  ],
  [
    'a leader that has less than its followers',
    REPORTS.map((one, index) => ({
      ...one,
      ...past({ majority_answers: false, is_leader: index === 2, raft_index: 100 - index }),
    })),
    'histories-mixed -',
  ],
  [
    'a leader that was asked a moment before its followers',
    REPORTS.map((one, index) => ({
      ...one,
      ...past({ is_leader: index === 2, raft_index: 100 - index }),
    })),
  ],
  ['no node', all({ nodes: 0 }), 'no-nodes -'],
];

it.each(CASES.map(([name, reports, ...wanted]) => ({ name, reports, wanted })))(
  '$name',
  ({ reports, wanted }) => {
    const findings = checkHistory(reports, 60_000);
    expect(findings.map(({ code, host }) => `${code} ${host ?? '-'}`)).toEqual(wanted);
  },
);
