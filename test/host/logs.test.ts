import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogTail, Survey } from '../../src/core/question.js';
import { ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';

/** Programs of a host that this machine does not have; each says how it was called. */
const PROGRAMS: { readonly [name: string]: string } = {
  crictl: `case "$*" in
'ps -a -q --name ^no-such-pod$') echo 0123456789abcdef; echo a warning of crictl ;;
'logs --tail 2000 0123456789abcdef') seq 1 5000; echo the last line ;;
*) echo "not this: $*"; exit 1 ;;
esac`,
  journalctl: `case "$*" in
*'no-such-unit -n 1'*) echo '-- No entries --' ;;
*'kubelet -n 1'*) echo 'a line' ;;
*'kubelet -n 2000'*) echo 'first line'; echo 'last line' ;;
esac`,
};

describe.each(await shells())('in $name', ({ tools }) => {
  let host: ScratchHost;

  beforeEach(async () => {
    for (const [name, text] of Object.entries(PROGRAMS)) {
      // busybox's tools are links to it: written through, it would be gone.
      rmSync(join(tools, name), { force: true });
      writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    host = await ScratchHost.open(tools);
  });

  afterEach(() => host.close());

  const logOf = async (of: { container: string } | { unit: string }) => {
    const { it: log } = await host.ask({ it: { kind: 'log', of, bytesMax: 1_000 } });
    return log as LogTail;
  };

  it('asks the runtime for the end of a container’s log where there is no file', async () => {
    const log = await logOf({ container: 'no-such-pod' });
    expect(log.from).toBe('crictl logs');
    expect(log.text).toMatch(/4999\n5000\nthe last line\n$/);
    expect(log.text.length).toBeLessThanOrEqual(1_000);
  });

  it('reads the journal of a unit, and takes no word of journalctl’s own for one', async () => {
    expect(await logOf({ unit: 'kubelet' })).toEqual({
      from: 'journalctl -u kubelet',
      text: 'first line\nlast line\n',
    });
    expect(await logOf({ unit: 'no-such-unit' })).toEqual({ reason: 'missing', detail: '' });
  });

  it('surveys the host, whatever is missing there or fails', async () => {
    const { it: survey } = await host.ask({ it: { kind: 'survey' } });
    const { sections } = survey as Survey;
    expect(Object.keys(sections)).toEqual([
      'system',
      'time',
      'memory',
      'disks',
      'mounts',
      'processes',
      'listeners',
      'containers',
      'units',
      'kernel',
    ]);
    expect(sections.mounts).toContain('/proc');
    expect(sections.disks).toMatch(/ \/\n/);
    expect(sections.containers).toContain('not this: ps -a');
  });
});
