import type { Finding } from '../../../core/finding.js';
import type { Facts, FoundPod } from '../facts.js';
import { found } from '../found.js';

/** Does anything say what is to be restored here, and does etcd itself answer? */
export function checkMember(facts: Facts): readonly Finding[] {
  const { host, etcd, manifestsDir, unitRefusal } = facts;
  if (etcd === null && unitRefusal !== null) {
    const message = 'a unit of systemd runs etcd here, and what it says cannot be used';
    return [found('unit-not-read', host, message, unitRefusal)];
  }
  if (etcd === null) {
    const message = 'nothing says what the etcd member on this host is';
    return [found('manifest-missing', host, message, `looked in ${manifestsDir}`)];
  }
  return [...atBoot(facts, etcd), ...answering(facts)];
}

function atBoot({ host, unitIsDisabled }: Facts, etcd: FoundPod): readonly Finding[] {
  if (etcd.source !== 'unit' || !unitIsDisabled) return [];
  return [found('unit-disabled', host, 'etcd does not start when this host does', etcd.path)];
}

function answering({ host, etcdRuns, live, silence }: Facts): readonly Finding[] {
  if (!etcdRuns) return [found('etcd-not-running', host, 'no etcd runs here')];
  if (live !== null || silence === null) return [];
  return [found('etcd-silent', host, 'etcd runs and does not answer', silence)];
}
