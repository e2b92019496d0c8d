import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

export function checkSelinux({ host, isSelinuxEnforcing }: Facts): readonly Finding[] {
  return isSelinuxEnforcing ? [found('selinux', host, 'SELinux is enforcing')] : [];
}
