import { describe, expect, it } from 'vitest';
import { service } from '../../src/modules/service.js';
import { waitFor } from '../../src/modules/wait-for.js';
import { isDeferredBy, planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table, TableHost } from './table-host.js';

const unit = 'kubelet.service';
const host = (active: boolean, enabled = 'enabled'): Table => ({
  units: { [unit]: { active, enabled } },
});
const told = (verb: string) => ({ kind: 'service', unit, verb });

describe('service', () => {
  const args = { name: 'kubelet', state: 'started' as const };

  it('starts what is stopped, and its undo stops it again', async () => {
    const { changes, result } = await thereAndBack(service, args, host(false));
    expect(changes).toEqual([told('start')]);
    expect(result).toEqual({ unit, active: 'active', enabled: 'enabled', waited_ms: 1 });
  });

  it('stops and disables, and its undo starts and enables', async () => {
    const given = { name: unit, state: 'stopped' as const, enabled: false };
    const { changes } = await thereAndBack(service, given, host(true));
    expect(changes).toEqual([told('disable'), told('stop')]);
  });

  it('has nothing to do where it is so', async () => {
    expect((await resultOf(service, { ...args, enabled: true }, places(host(true)))).unit).toBe(
      unit,
    );
    const stopped = { name: unit, state: 'stopped' as const, enabled: false };
    const off = places(host(false, 'static'));
    expect((await resultOf(service, stopped, off)).active).toBe('inactive');
  });

  it('restarts each time; what did not run is started', async () => {
    const restarted = { name: unit, state: 'restarted' as const };
    expect(await planOf(service, restarted, places(host(true)))).toEqual([told('restart')]);
    expect(await planOf(service, restarted, places(host(false)))).toEqual([told('start')]);
  });

  it('refuses an unknown unit, a masked one, and one that cannot be enabled', async () => {
    const code = async (given: Parameters<typeof service.plan>[0], table: Table) =>
      (await refusalOf(service, given, places(table))).code;
    expect(await code({ ...args, name: 'kublet' }, host(true))).toBe('no-such-unit');
    expect(await code(args, host(false, 'masked'))).toBe('unit-masked');
    expect(await code({ name: unit, enabled: true }, host(true, 'static'))).toBe(
      'cannot-be-enabled',
    );
    const silent: Table = { says: { unit: () => ({ reason: 'missing', detail: 'no systemctl' }) } };
    expect(await code(args, silent)).toBe('no-systemd');
  });

  it('is not believed while it does not run', async () => {
    const before = { active: 'inactive', enabled: 'enabled', loaded: true };
    const failed = await service.verify(args, before, [], places(host(false)));
    expect(failed).toMatchObject({ error: { code: 'not-so' } });
  });

  it('leaves processes, ports and etcd pending for a dry run, and is deferred by itself', async () => {
    const pending = { kind: 'unit', name: unit } as const;
    expect(await isDeferredBy(service, args, host(true), pending)).toBe(true);
    expect(service.mayAlter?.(args).map(({ kind }) => kind)).toEqual([
      'unit',
      'processes',
      'ports',
      'etcd',
    ]);
  });

  it('wants something done', () => {
    expect(service.mistakeIn?.({ name: 'x' })).toContain('state or enabled');
    expect(service.mistakeIn?.({ name: 'x', enabled: true })).toBeNull();
  });
});

describe('wait_for', () => {
  const reached = () => ({ reached: true, waitedMs: 7 }) as const;
  const late = () => ({ reached: false, waitedMs: 1_000, lastSeen: 'port 1 is closed' }) as const;
  const curl = { tools: { curl: '/usr/bin/curl' } };

  it.each([
    ['wait-port', { port: 2379 }, { address: '127.0.0.1', open: true, timeoutMs: 300_000 }],
    ['wait-port', { port: 1, address: '::1', state: 'closed' }, { address: '::1', open: false }],
    ['wait-path', { path: '/x', within: '5s' }, { present: true, timeoutMs: 5_000 }],
    ['wait-path', { path: '/x', state: 'absent' }, { present: false }],
    ['wait-running', { process: 'etcd' }, { processes: ['etcd'], ports: [] }],
    ['wait-gone', { process: 'etcd', state: 'gone' }, { processes: ['etcd'] }],
    ['wait-http', { url: 'https://h/x', ca_file: '/ca' }, { statuses: [200], caFile: '/ca' }],
  ] as const)('asks %s for %j', async (kind, given, question) => {
    const table: Table = { ...curl, says: { [kind]: reached } };
    const args = given as Parameters<typeof waitFor.probe>[0];
    expect(await resultOf(waitFor, args, places(table))).toEqual({ waited_ms: 7 });
    const host = new TableHost(table);
    await waitFor.probe(args, places(host));
    expect(host.asked.at(-1)).toMatchObject({ kind, ...question });
  });

  it('says what it saw last when time is up', async () => {
    const failure = await refusalOf(waitFor, { port: 1 }, places({ says: { 'wait-port': late } }));
    expect(failure).toMatchObject({
      code: 'not-so',
      message: expect.stringContaining('is closed'),
    });
  });

  it('needs curl for a URL', async () => {
    const failure = await refusalOf(waitFor, { url: 'http://h/' }, places({}));
    expect(failure.code).toBe('tool-missing');
  });

  it('is deferred where a service is pending', async () => {
    const table: Table = { says: { 'wait-port': reached, 'wait-running': reached } };
    expect(await isDeferredBy(waitFor, { port: 1 }, table, { kind: 'ports' })).toBe(true);
    const process = { kind: 'processes' } as const;
    expect(await isDeferredBy(waitFor, { process: 'etcd' }, table, process)).toBe(true);
  });

  it.each([
    [{}, 'one of port'],
    [{ port: 1, path: '/x' }, 'one of port'],
    [{ path: '/x', address: 'h' }, 'address'],
    [{ port: 1, status: [200] }, 'status'],
    [{ url: 'http://h', cert_file: '/c' }, 'go together'],
    [{ port: 1, state: 'absent' }, 'open or closed'],
    [{ url: 'http://h', state: 'open' }, 'status'],
  ])('finds the mistake in %j', (written, said) => {
    expect(waitFor.mistakeIn?.(written)).toContain(said);
  });

  it('finds none in what fits together, or is an expression', () => {
    expect(waitFor.mistakeIn?.({ port: 1, state: 'closed', address: 'h' })).toBeNull();
    expect(waitFor.mistakeIn?.({ port: 1, state: '${{ vars.state }}' })).toBeNull();
    const tls = { ca_file: '/c', cert_file: '/c', key_file: '/k', status: [200] };
    expect(waitFor.mistakeIn?.({ url: 'https://h', ...tls })).toBeNull();
  });
});
