import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/core/question.js';
import { ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';

/** As systemd 252 prints it. */
const shown = (pid: number) => `Id=etcd.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no
FragmentPath=/etc/systemd/system/etcd.service
DropInPaths=/etc/systemd/system/etcd.service.d/10.conf /run/systemd/system/etcd.service.d/20.conf
ExecStart={ path=/usr/bin/etcd ; argv[]=/usr/bin/etcd $DAEMON_ARGS --a=it's;b ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }
Environment=ETCD_NAME=e1 "X=two words"
EnvironmentFiles=/etc/default/etcd (ignore_errors=yes)
EnvironmentFiles=/etc/etcd.env (ignore_errors=no)
User=etcd
Group=
TriggeredBy=etcd.socket
MainPID=${pid}
`;

describe.each(await shells())('in $name', ({ tools }) => {
  let host: ScratchHost;
  let process: ChildProcess;

  beforeEach(async () => {
    const place = await ScratchHost.open(tools);
    host = await ScratchHost.open(`${place.path('tools')}:${tools}`);
    mkdirSync(place.path('tools'));
    process = spawn('sleep', ['1000'], { env: { ETCD_DATA_DIR: '/a b', SECRET: 'hush' } });
    await new Promise((started) => process.on('spawn', started));
    systemctl = (text, code = 0) =>
      writeFileSync(
        place.path('tools/systemctl'),
        `#!/bin/sh\ncat <<'END'\n${text}END\nexit ${code}\n`,
        { mode: 0o755 },
      );
    closePlace = () => place.close();
  });

  afterEach(() => {
    process.kill();
    host.close();
    closePlace();
  });

  let systemctl: (text: string, code?: number) => void;
  let closePlace: () => void;
  const ask = async (): Promise<Answer> =>
    (await host.ask({ it: { kind: 'unit-settings', unit: 'etcd.service', prefix: 'ETCD_' } })).it ??
    null;

  it('reads how a unit is started, and what of its own it runs with', async () => {
    systemctl(shown(process.pid ?? 0));
    expect(await ask()).toEqual({
      name: 'etcd.service',
      loaded: true,
      active: 'active',
      enabled: 'enabled',
      isStale: false,
      files: [
        '/etc/systemd/system/etcd.service',
        '/etc/systemd/system/etcd.service.d/10.conf',
        '/run/systemd/system/etcd.service.d/20.conf',
      ],
      commands: ["/usr/bin/etcd $DAEMON_ARGS --a=it's;b"],
      environment: 'ETCD_NAME=e1 "X=two words"',
      environmentFiles: [
        { path: '/etc/default/etcd', isOptional: true },
        { path: '/etc/etcd.env', isOptional: false },
      ],
      user: 'etcd',
      group: '',
      triggeredBy: ['etcd.socket'],
      running: { argv: ['sleep', '1000'], environment: ['ETCD_DATA_DIR=/a b'] },
    });
  });

  it('says that nothing runs, and that systemd says nothing', async () => {
    systemctl(shown(0));
    expect(await ask()).toMatchObject({ loaded: true, running: null });
    systemctl('Failed to connect to bus\n', 1);
    expect(await ask()).toMatchObject({ reason: 'failed', detail: 'Failed to connect to bus' });
  });
});
