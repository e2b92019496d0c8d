import { describe, expect, it } from 'vitest';
import { etcdFacts } from '../../src/modules/etcd-facts.js';
import { etcdTools } from '../../src/modules/etcd-tools.js';
import { manifestOf } from './cluster.js';
import { isDeferredBy, planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';
const BIN = '/var/lib/runback/work/RUN/bin';
const UPLOADS = '/home/op/etcd';
const IN_CONTAINER = '/proc/336/root/usr/local/bin';
const IMAGE = 'registry.k8s.io/etcd:3.5.16-0';

const args = { tools_dir: BIN, manifest: MANIFEST, host: 'cp1' };
const etcd = { folder: IN_CONTAINER, version: '3.5.16' };
/** As the table's `send` makes them of the files that are sent. */
const ofUploads: Table = {
  files: Object.fromEntries(
    ['etcdctl', 'etcdutl'].map((name) => {
      const path = `${UPLOADS}/${name}`;
      return [path, { text: `the file ${path}` }];
    }),
  ),
};

function host(more: Table = {}): Table {
  const manifest = manifestOf('cp1').replace(/image: .*/, `image: ${IMAGE}`);
  const inContainer = {
    [`${IN_CONTAINER}/etcdctl`]: { text: 'etcdctl of the image' },
    [`${IN_CONTAINER}/etcdutl`]: { text: 'etcdutl of the image' },
  };
  const files = { [MANIFEST]: { text: manifest }, ...inContainer, ...more.files };
  return { toolVersion: () => '3.5.16', ...more, files };
}

/** Programs that say this version where the path begins so, and 3.5.16 elsewhere. */
function versions(byPlace: {
  readonly [place: string]: string | null;
}): (path: string) => string | null {
  return (path) => {
    const place = Object.keys(byPlace).find((one) => path.startsWith(one));
    return place === undefined ? '3.5.16' : (byPlace[place] ?? null);
  };
}

describe('etcd_tools', () => {
  it('has nothing to do where the host has its own of the right version', async () => {
    const own = { etcdctl: '/usr/bin/etcdctl', etcdutl: '/usr/bin/etcdutl' };
    const found = await resultOf(etcdTools, args, places(host({ tools: own, etcd })));
    expect(found).toMatchObject({ from: 'host', etcdctl: '/usr/bin/etcdctl', version: '3.5.16' });
  });

  it('copies them out of the running container, closed to others, and takes them away again', async () => {
    const { changes, result, host: after } = await thereAndBack(etcdTools, args, host({ etcd }));
    expect(changes).toMatchObject([
      { kind: 'make-directory', path: BIN, mode: 0o700 },
      { kind: 'copy-file', from: `${IN_CONTAINER}/etcdctl`, to: `${BIN}/etcdctl` },
      { kind: 'copy-file', from: `${IN_CONTAINER}/etcdutl`, to: `${BIN}/etcdutl` },
    ]);
    expect(changes[1]).toMatchObject({ access: { mode: 0o700, uid: 0, gid: 0 } });
    expect(result).toMatchObject({ from: 'running', etcdctl: `${BIN}/etcdctl`, sent: [] });
    expect(after.files.has(BIN)).toBe(false);
  });

  it('lets them lie where etcd runs on, when that is enough', async () => {
    const given = { ...args, in_place: true };
    const found = await resultOf(etcdTools, given, places(host({ etcd })));
    expect(found).toMatchObject({ from: 'running', etcdctl: `${IN_CONTAINER}/etcdctl` });
  });

  it('prefers the right version to a nearer place, and a nearer place to none', async () => {
    const tools = { etcdctl: '/usr/bin/etcdctl' };
    const toolVersion = versions({ '/usr/bin': '3.4.23' });
    const planned = await planOf(etcdTools, args, places(host({ tools, etcd, toolVersion })));
    expect(planned[1]).toMatchObject({ kind: 'copy-file', from: `${IN_CONTAINER}/etcdctl` });
    const found = await resultOf(etcdTools, args, places(host({ tools, toolVersion })));
    expect(found).toMatchObject({ from: 'host', version: '3.4.23' });
  });

  it('sends what the operator gives, and names it for who takes it away', async () => {
    const given = { ...args, uploads: [UPLOADS] };
    const { changes, result } = await thereAndBack(etcdTools, given, host({ etcd }), ofUploads);
    expect(changes.slice(1)).toMatchObject([
      { kind: 'send', from: `${UPLOADS}/etcdctl`, to: `${BIN}/etcdctl`, mode: 0o700 },
      { kind: 'send', from: `${UPLOADS}/etcdutl`, to: `${BIN}/etcdutl`, mode: 0o700 },
    ]);
    expect(result.sent).toMatchObject([
      { path: `${BIN}/etcdctl`, original: `${UPLOADS}/etcdctl` },
      { path: `${BIN}/etcdutl`, original: `${UPLOADS}/etcdutl` },
    ]);
  });

  it('has containerd give them out of the image when nothing runs', async () => {
    const planned = await planOf(etcdTools, args, places(host({ image: IMAGE })));
    expect(planned).toMatchObject([{ kind: 'make-directory' }, { kind: 'run', argv: ['sh'] }]);
    const [, taken] = planned;
    expect(taken?.kind === 'run' && taken.script).toContain(`images mount ${IMAGE} "$place"`);
  });

  it('needs no source any more when they are there: etcd is stopped, and a run is resumed', async () => {
    const files = { [`${BIN}/etcdctl`]: { text: 'x' }, [`${BIN}/etcdutl`]: { text: 'y' } };
    const found = await resultOf(etcdTools, args, places(host({ files })));
    expect(found).toMatchObject({ from: 'folder', etcdctl: `${BIN}/etcdctl` });
  });

  it('refuses a host that has none and gives none, and says where they could come from', async () => {
    const failure = await refusalOf(etcdTools, args, places(host()));
    expect(failure.code).toBe('no-etcd-tools');
    expect(failure.next).toContain('etcd_tools');
    expect(failure.detail).toContain(`no ctr here that holds ${IMAGE}`);
  });

  it('refuses an upload without etcdctl, and a host without room', async () => {
    const given = { ...args, uploads: [UPLOADS] };
    const empty = await refusalOf(etcdTools, given, places(host(), {}));
    expect(empty.code).toBe('upload-incomplete');
    const full = await refusalOf(etcdTools, args, places(host({ etcd, freeBytes: 10 })));
    expect(full.code).toBe('no-room');
  });

  it.each([
    ['of another machine’s kind', null, 'tool-fails'],
    ['of another version', '3.4.23', 'tool-version'],
  ])('does not believe programs that are %s', async (_, version, code) => {
    const given = { ...args, uploads: [UPLOADS] };
    const table = host({ etcd, toolVersion: versions({ [BIN]: version }) });
    await expect(thereAndBack(etcdTools, given, table, ofUploads)).rejects.toThrow(code);
  });
});

describe('etcd_facts without programs on the host', () => {
  const facts = {
    host: 'cp1',
    manifest: MANIFEST,
    staging_dir: '/var/lib/runback/work',
    tools_dir: BIN,
  };
  const pki = Object.fromEntries(
    ['ca.crt', 'server.crt', 'server.key'].map((name) => [`/etc/kubernetes/pki/etcd/${name}`, {}]),
  );

  it('uses the container’s where they lie, and this run’s own when there are some', async () => {
    const before = await resultOf(etcdFacts, facts, places(host({ etcd, files: pki })));
    expect(before.etcdctl).toBe(`${IN_CONTAINER}/etcdctl`);
    const files = { ...pki, [`${BIN}/etcdctl`]: {}, [`${BIN}/etcdutl`]: {} };
    const after = await resultOf(etcdFacts, facts, places(host({ etcd, files })));
    expect(after).toMatchObject({
      etcdctl: `${BIN}/etcdctl`,
      restore_tool: `${BIN}/etcdutl`,
      tool_version: '3.5.16',
    });
  });

  it('are deferred by a dry run where they are yet to come', async () => {
    const pending = { kind: 'path', path: BIN } as const;
    const none = host({ files: pki });
    await expect(isDeferredBy(etcdFacts, facts, none, pending)).resolves.toBe(true);
    await expect(isDeferredBy(etcdFacts, facts, host({ etcd, files: pki }), pending)).resolves.toBe(
      false,
    );
  });
});
