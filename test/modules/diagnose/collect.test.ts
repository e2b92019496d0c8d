import { expect, it } from 'vitest';
import type { Question } from '../../../src/core/question.js';
import { collectLogs } from '../../../src/modules/collect-logs.js';
import { places, TableHost } from '../table-host.js';

const args = {
  host: 'e1',
  address: '192.0.2.11',
  run: 'this-run',
  manifests_dir: '/etc/kubernetes/manifests',
  parked_dir: '/etc/kubernetes/runback',
  work_dir: '/var/lib/runback/work',
};

/** The units that are asked about when logs of this host are collected. */
async function unitsAsked(etcd_unit: string): Promise<readonly string[]> {
  const host = new TableHost({
    says: {
      survey: () => ({ sections: {} }),
      log: () => ({ reason: 'failed', detail: 'none' }),
      clock: () => ({ askedAtMs: 1, answeredAtMs: 1, atMs: 1, resolutionMs: 1 }),
      listening: () => [],
      sockets: () => [],
      ages: () => ({ bornS: {}, processes: [] }),
    },
  });
  await collectLogs.verify({ ...args, etcd_unit }, {}, [], places(host));
  return host.asked.flatMap((one: Question) => {
    if (one.kind === 'unit-settings') return [one.unit];
    return one.kind === 'log' && 'unit' in one.of ? [one.of.unit] : [];
  });
}

it('collect_logs looks at the unit that the site calls etcd’s, its settings and its log', async () => {
  expect(await unitsAsked('etcd-member.service')).toEqual([
    'etcd-member.service',
    'kubelet',
    'etcd-member.service',
  ]);
});
