import type { Finding } from '../../core/finding.js';
import { checkAddresses } from './checks/addresses.js';
import { checkAlarms } from './checks/alarms.js';
import { checkApiPort } from './checks/api-port.js';
import { checkBelonging } from './checks/belonging.js';
import { checkCertificateChain } from './checks/certificate-chain.js';
import { checkCertificateDates } from './checks/certificate-dates.js';
import { checkCertificateFiles } from './checks/certificate-files.js';
import { checkCertificateKeys } from './checks/certificate-keys.js';
import { checkCertificateNames } from './checks/certificate-names.js';
import { checkDisks } from './checks/disks.js';
import { checkFenced } from './checks/fenced.js';
import { checkKubeconfigs } from './checks/kubeconfigs.js';
import { checkKubelet } from './checks/kubelet.js';
import { checkLeftovers } from './checks/leftovers.js';
import { checkLocks } from './checks/locks.js';
import { checkManifestsFolder } from './checks/manifests-folder.js';
import { checkMember } from './checks/members.js';
import { checkMounts } from './checks/mounts.js';
import { checkReading } from './checks/reading.js';
import { checkRoom } from './checks/room.js';
import { checkSelinux } from './checks/selinux.js';
import { checkTools } from './checks/tools.js';
import { checkVersions } from './checks/versions.js';
import { type Facts, needsKubelet } from './facts.js';

/** Every check of one host, written out, with the hosts that it is for. */
const CHECKS: readonly (readonly [
  (facts: Facts) => readonly Finding[],
  (facts: Facts) => boolean,
])[] = [
  [checkBelonging, anywhere],
  [checkMember, ofMember],
  [checkAddresses, anywhere],
  [checkAlarms, ofMember],
  [checkTools, ofMember],
  [checkVersions, ofMember],
  [checkRoom, ofMember],
  [checkMounts, anywhere],
  [checkDisks, ofMember],
  [checkReading, ofMember],
  [checkSelinux, anywhere],
  [checkKubelet, needsKubelet],
  [checkManifestsFolder, needsKubelet],
  [checkApiPort, ofControlPlane],
  [checkCertificateFiles, anywhere],
  [checkCertificateDates, anywhere],
  [checkCertificateNames, anywhere],
  [checkCertificateKeys, anywhere],
  [checkCertificateChain, anywhere],
  [checkKubeconfigs, ofControlPlane],
  [checkLocks, anywhere],
  [checkLeftovers, anywhere],
  [checkFenced, anywhere],
];

export function checkHost(facts: Facts): readonly Finding[] {
  return CHECKS.flatMap(([check, isFor]) => (isFor(facts) ? check(facts) : []));
}

function anywhere(): boolean {
  return true;
}

function ofMember({ isMember }: Facts): boolean {
  return isMember;
}

function ofControlPlane({ isControlPlane }: Facts): boolean {
  return isControlPlane;
}
