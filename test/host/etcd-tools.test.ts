import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROLLER } from '../../src/core/names.js';
import type { EtcdTools } from '../../src/core/question.js';
import { HostSession } from '../../src/host/session.js';
import { localTransportWith, shells } from './shells.js';

const signal = new AbortController().signal;
/** This machine may run the etcds of a dozen labs. */
const PEER = `https://192.0.2.1:${process.pid}`;
const IMAGE = 'registry.k8s.io/etcd:3.5.16-0';

let directory: string;
let session: HostSession;
let etcd: ChildProcess | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runback-tools-'));
  etcd = null;
});

afterEach(() => {
  etcd?.kill('SIGKILL');
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

function program(place: string, name: string, does: string): void {
  mkdirSync(join(directory, place), { recursive: true });
  writeFileSync(join(directory, place, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
}

describe.each(await shells())('etcd’s programs, in $name', ({ tools }) => {
  async function ask(folder: string | null, image: string | null): Promise<EtcdTools> {
    const transport = localTransportWith(`${tools}:${join(directory, 'path')}`);
    const stateDir = join(directory, 'state');
    const opened = await HostSession.open({ host: CONTROLLER, transport, stateDir });
    if (!opened.ok) throw new Error(opened.error.message);
    session = opened.value;
    const answers = await session.ask(
      { it: { kind: 'etcd-tools', folder, image, peerUrl: PEER } },
      signal,
    );
    if (!answers.ok) throw new Error(answers.error.message);
    return answers.value.it as EtcdTools;
  }

  it('are found on the path, in a folder with spaces, and beside the etcd that runs', async () => {
    program('path', 'etcdctl', 'echo "etcdctl version: 3.4.23"; echo "API version: 3.4"');
    program('a folder', 'etcdutl', 'echo "etcdutl version: 3.5.9"');
    program('inside', 'etcdctl', 'echo "etcdctl version: 3.5.16"');
    // Called etcd by the kernel, and sleeping: it has no version to tell.
    copyFileSync('/bin/sleep', join(directory, 'inside/etcd'));
    etcd = spawn(join(directory, 'inside/etcd'), ['600'], {
      stdio: 'ignore',
      env: { ETCD_INITIAL_ADVERTISE_PEER_URLS: PEER },
    });
    const seen = await ask(join(directory, 'a folder'), null);
    expect(seen.host).toEqual({
      etcdctl: { path: join(directory, 'path/etcdctl'), version: '3.4.23', said: '' },
      etcdutl: null,
    });
    expect(seen.folder.etcdutl).toMatchObject({ version: '3.5.9' });
    expect(seen.running).toEqual({
      etcdctl: {
        path: `/proc/${etcd.pid}/root${directory}/inside/etcdctl`,
        version: '3.5.16',
        said: '',
      },
      etcdutl: null,
    });
    expect(seen.imageThrough).toBeNull();
  });

  it('are believed only when they answer', async () => {
    program('path', 'etcdctl', 'echo "Exec format error"; exit 126');
    program('path', 'etcdutl', 'kill -9 $$');
    const { host } = await ask(null, null);
    expect(host.etcdctl).toMatchObject({ version: null, said: 'Exec format error' });
    expect(host.etcdutl?.version).toBeNull();
  });

  it('are in an image where containerd holds the very one, and the names are never a shell’s', async () => {
    const evil = `x'; touch ${join(directory, 'evil')}; '`;
    program(
      'path',
      'ctr',
      `[ "$*" = "--namespace k8s.io images ls -q name==${IMAGE}" ] && echo ${IMAGE}`,
    );
    expect((await ask(null, IMAGE)).imageThrough).toBe(join(directory, 'path/ctr'));
    session.close();
    expect((await ask(null, 'registry.k8s.io/etcd:3.6.1-0')).imageThrough).toBeNull();
    session.close();
    expect((await ask(join(directory, evil), evil)).imageThrough).toBeNull();
    expect(() => rmSync(join(directory, 'evil'))).toThrow('ENOENT');
  });
});
