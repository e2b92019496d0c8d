import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EtcdIdentity, Process } from '../../src/core/question.js';
import { untilTrue } from '../lab/until.js';
import { ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';

type Environment = { readonly [name: string]: string };

/** Beside a member another etcd may run; only one that is surely another does not count as the member. */
describe.each(await shells())('an etcd, in $name', ({ tools }) => {
  let host: ScratchHost;
  let child: ChildProcess | null;
  let member: EtcdIdentity;

  beforeEach(async () => {
    host = await ScratchHost.open(tools);
    child = null;
    for (const name of ['mine', 'others']) mkdirSync(host.path(name));
    member = {
      told: '/in/the/container',
      directory: host.path('mine'),
      urls: ['https://192.0.2.11:2380'],
      ports: [2379, 2380, 2381],
    };
  });

  afterEach(() => {
    child?.kill('SIGKILL');
    host.close();
  });

  /** A process that is called etcd, was told this, and waits: does it count as the member's? */
  async function counts(words: readonly string[], env: Environment = {}): Promise<boolean> {
    const program = host.path('etcd');
    copyFileSync(realpathSync('/bin/sh'), program);
    const argv = ['-c', 'read -r line; :', 'etcd', ...words];
    child = spawn(program, argv, { env, stdio: ['pipe', 'ignore', 'ignore'] });
    const { pid } = child;
    await untilTrue('the process', 5_000, () => readlinkSync(`/proc/${pid}/exe`) === program);
    const isAmong = async (more: { readonly member?: EtcdIdentity }) => {
      const { it: found } = await host.ask({ it: { kind: 'processes', names: ['etcd'], ...more } });
      return (found as readonly Process[]).some((one) => one.pid === pid);
    };
    expect(await isAmong({})).toBe(true);
    return isAmong({ member });
  }

  const flags = (more: Environment = {}): readonly string[] =>
    Object.entries({
      'data-dir': host.path('others'),
      'listen-peer-urls': 'https://192.0.2.11:2382',
      'listen-client-urls': 'https://192.0.2.11:2383,https://127.0.0.1:2383',
      ...more,
    }).map(([name, value]) => `--${name}=${value}`);
  const variables = (): Environment => ({
    ETCD_DATA_DIR: host.path('others'),
    ETCD_LISTEN_PEER_URLS: 'https://192.0.2.11:2382',
    ETCD_LISTEN_CLIENT_URLS: 'https://192.0.2.11:2383',
  });

  it('does not count when it is told another directory and other ports, by words', async () => {
    expect(await counts(flags())).toBe(false);
  });

  it('nor by words that are two each', async () => {
    expect(await counts(flags().flatMap((word) => word.split('=')))).toBe(false);
  });

  it('nor by its environment', async () => {
    expect(await counts([], variables())).toBe(false);
  });

  it.each<[string, () => readonly string[], (() => Environment)?]>([
    ['it is told nothing', () => []],
    ['it is told the member’s directory', () => flags({ 'data-dir': '/in/the/container/' })],
    ['it is told it as the host has it', () => flags({ 'data-dir': host.path('mine') })],
    ['its directory is the member’s by another name', () => flags({ 'data-dir': linked() })],
    ['its directory is not there', () => flags({ 'data-dir': host.path('absent') })],
    ['its directory is not told absolutely', () => flags({ 'data-dir': 'default.etcd' })],
    [
      'it listens on a port of the member’s',
      () => flags({ 'listen-metrics-urls': 'http://[::]:2381' }),
    ],
    [
      'it knows the member’s URL as its own',
      () => flags({ 'initial-advertise-peer-urls': 'https://192.0.2.11:2380' }),
    ],
    [
      'a word wins over its environment',
      () => [`--data-dir=${host.path('mine')}`],
      () => variables(),
    ],
    ['it listens nobody knows where', () => flags().slice(0, 2)],
    ['a file tells it more', () => [...flags(), '--config-file=/etc/etcd.yaml']],
    ['a file may tell it more', () => flags(), () => ({ ETCD_CONFIG_FILE: '/etc/etcd.yaml' })],
  ])('counts when %s', async (_why, words, env) => {
    expect(await counts(words(), env?.())).toBe(true);
  });

  function linked(): string {
    symlinkSync(host.path('mine'), host.path('link'));
    return host.path('link');
  }
});
