import { describe, expect, it } from 'vitest';
import { portsOf, readManifest } from '../../src/modules/etcd/manifest.js';
import { manifestOf } from './cluster.js';

/** A pod whose container has these lines, and one volume at another place than it has inside. */
function pod(lines: string, mount = '{ name: data, mountPath: /var/lib/etcd }') {
  const text = `metadata: { name: etcd }
spec:
  containers:
    - name: etcd
${lines}
      volumeMounts: [${mount}]
  volumes:
    - { name: data, hostPath: { path: /srv/disk/etcd/ } }
    - { name: scratch, emptyDir: {} }
`;
  const manifest = readManifest(text);
  if (manifest === null) throw new Error(`not a pod:\n${text}`);
  return manifest;
}

describe('a static pod’s manifest', () => {
  it('has flags in command and in args, with = and with a space', () => {
    const { flags } = pod(
      '      command: [etcd, --name=cp1, --data-dir, /var/lib/etcd]\n      args: [--client-cert-auth, --listen-peer-urls, "https://a:2380"]',
    );
    expect(Object.fromEntries(flags)).toEqual({
      name: 'cp1',
      'data-dir': '/var/lib/etcd',
      'client-cert-auth': 'true',
      'listen-peer-urls': 'https://a:2380',
    });
  });

  it('may set flags in the environment, and a flag of the command wins', () => {
    const { flags } = pod(
      '      command: [etcd, --name=cp1]\n      env: [{ name: ETCD_WAL_DIR, value: /wal }, { name: ETCD_NAME, value: other }, { name: HOME, value: / }]',
    );
    expect(Object.fromEntries(flags)).toEqual({ name: 'cp1', 'wal-dir': '/wal' });
  });

  it('maps a path of the container to the host’s, without a slash at the end', () => {
    const { hostPathOf } = pod('      command: [etcd]');
    expect(hostPathOf('/var/lib/etcd')).toBe('/srv/disk/etcd');
    expect(hostPathOf('/var/lib/etcd/')).toBe('/srv/disk/etcd');
    expect(hostPathOf('/var/lib/etcd/member')).toBe('/srv/disk/etcd/member');
    expect(hostPathOf('/var/lib/etcd2')).toBeNull();
  });

  it('maps through a subPath, and not through a volume that is not the host’s', () => {
    const sub = pod(
      '      command: [etcd]',
      '{ name: data, mountPath: /var/lib/etcd/, subPath: data }',
    );
    expect(sub.hostPathOf('/var/lib/etcd')).toBe('/srv/disk/etcd/data');
    const none = pod('      command: [etcd]', '{ name: scratch, mountPath: /var/lib/etcd }');
    expect(none.hostPathOf('/var/lib/etcd')).toBeNull();
  });

  it('is read off the container that has the pod’s name', () => {
    const text = `metadata: { name: etcd }
spec:
  containers:
    - { name: metrics, image: exporter, command: [exporter, --name=x] }
    - { name: etcd, image: etcd, command: [etcd, --name=cp1] }
`;
    expect(readManifest(text)?.image).toBe('etcd');
    expect(readManifest(text)?.flags.get('name')).toBe('cp1');
  });

  it('says whom it runs as', () => {
    const rootless = pod(
      '      command: [etcd]\n      securityContext: { runAsUser: 994, runAsGroup: 992 }',
    );
    expect(rootless.runAs).toEqual({ uid: 994, gid: 992 });
    expect(pod('      command: [etcd]').runAs).toBeNull();
  });

  it('names the ports that are open when it is up', () => {
    const etcd = readManifest(manifestOf('cp1'));
    expect(etcd === null ? [] : portsOf(etcd)).toEqual([2379, 2380, 2381]);
    expect(portsOf(pod('      command: [kube-apiserver, --secure-port=6444]'))).toEqual([6444]);
    expect(portsOf(pod('      command: [kube-scheduler, --secure-port=0]'))).toEqual([]);
    expect(portsOf(pod('      command: [etcd, "--listen-peer-urls=https://[::1]:2380"]'))).toEqual([
      2380,
    ]);
  });

  it('is none when it is something else', () => {
    for (const text of ['', '- a', 'a: [', 'kind: Pod', 'spec: {}', 'spec: { containers: [] }']) {
      expect(readManifest(text), text).toBeNull();
    }
  });
});
