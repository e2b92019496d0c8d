import { expect, it } from 'vitest';
import { found } from '../../../src/modules/preflight/found.js';
import { preflightGate } from '../../../src/modules/preflight-gate.js';
import { refusalOf, resultOf } from '../steps.js';
import { places } from '../table-host.js';
import { REPORTS, reportsWith } from './healthy.js';

const nowhere = places({});
const expired = found('certificate-expired', 'cp2', 'a.crt expired');
const twice = found('duplicate-pod', 'cp2', 'a.yaml and b.yaml');
const selinux = found('selinux', 'cp2', 'SELinux is enforcing');
const reports = (...more: readonly (typeof expired)[]) => [
  ...reportsWith('cp2', { found: [selinux, ...more] }),
];

it('lets a healthy cluster pass', async () => {
  const result = await resultOf(preflightGate, { reports: [...REPORTS] }, nowhere);
  expect(result).toEqual({
    findings: [],
    errors: 0,
    warnings: 0,
    notes: 0,
    accepted: [],
    reason: '',
  });
});

it('refuses with everything that was found, errors first, and names what can be accepted', async () => {
  const refusal = await refusalOf(preflightGate, { reports: reports(expired, twice) }, nowhere);
  expect(refusal.message).toBe(
    '2 errors stand in the way: certificate-expired (cp2), duplicate-pod (cp2)',
  );
  expect(refusal.next).toContain('--accept certificate-expired --reason TEXT');
  expect(refusal.next).not.toContain('duplicate-pod');
  expect(refusal.findings?.map(({ code }) => code)).toEqual([
    'certificate-expired',
    'duplicate-pod',
    'selinux',
  ]);
});

it('lets accepted ones pass, and says which they were and why', async () => {
  const accepted = ['certificate-expired', 'clock-skew'];
  const given = { reports: reports(expired), accepted, reason: 'renewed tonight' };
  const result = await resultOf(preflightGate, given, nowhere);
  expect(result).toMatchObject({
    errors: 0,
    notes: 1,
    accepted: ['certificate-expired'],
    reason: 'renewed tonight',
  });
  expect(result.findings[0]).toMatchObject({ code: 'certificate-expired', accepted: true });
});

it('never accepts what would lose data, whatever it is told', async () => {
  const given = { reports: reports(twice), accepted: ['duplicate-pod'] };
  const refusal = await refusalOf(preflightGate, given, nowhere);
  expect(refusal.findings?.[0]).toMatchObject({ code: 'duplicate-pod', accepted: false });
  expect(refusal.next).toContain('none of them can be accepted');
});

it('only shows them where nothing is to be refused', async () => {
  const given = { reports: reports(twice), refuse: 'nothing' as const };
  expect(await resultOf(preflightGate, given, nowhere)).toMatchObject({ errors: 1 });
});

it('never lets a raw copy pass in silence', async () => {
  const result = await resultOf(preflightGate, { reports: [...REPORTS], raw: true }, nowhere);
  expect(result).toMatchObject({ warnings: 1, findings: [{ code: 'snapshot-without-digest' }] });
});

it('leaves out what is not about certificates, when it is asked for them only', async () => {
  const given = { reports: reports(twice), only: 'certificates' as const };
  expect(await resultOf(preflightGate, given, nowhere)).toMatchObject({ findings: [], notes: 0 });
  const refusal = await refusalOf(preflightGate, { ...given, reports: reports(expired) }, nowhere);
  expect(refusal.findings?.map(({ code }) => code)).toEqual(['certificate-expired']);
});
