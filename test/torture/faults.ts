import { setTimeout as wait } from 'node:timers/promises';
import type { LabHost } from '../lab/index.js';

/** What happens to a run in the middle. `during` ends when the fault has; `after` mends what stays broken. */
export interface Fault {
  readonly name: string;
  /** True when somebody else takes the run over while its controller is paused. */
  readonly pauses: boolean;
  during(pid: number, host: LabHost): Promise<void>;
  after(host: LabHost): Promise<void>;
}

const NOTHING = async (): Promise<void> => {};

export const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of the controller',
    pauses: false,
    during: async (pid) => kill(pid, 'SIGKILL'),
    after: NOTHING,
  },
  {
    name: 'kill -9 of the ssh session',
    pauses: false,
    during: async (_, host) => {
      for (const session of host.sshSessions()) kill(session.pid, 'SIGKILL');
    },
    after: NOTHING,
  },
  {
    name: 'link down for 5 s',
    pauses: false,
    during: async (_, host) => {
      await host.linkDown();
      // No synchronisation: how long the link is down is the fault itself.
      await wait(5_000);
      await host.linkUp();
    },
    after: NOTHING,
  },
  {
    name: 'link down until the run has ended',
    pauses: false,
    during: (_, host) => host.linkDown(),
    after: (host) => host.linkUp(),
  },
  {
    name: 'reboot',
    pauses: false,
    during: async (_, host) => {
      await host.powerOff();
      await host.boot();
    },
    after: NOTHING,
  },
  {
    name: 'power cut until the run has ended',
    pauses: false,
    during: (_, host) => host.powerOff(),
    after: (host) => host.boot(),
  },
  {
    name: 'SIGSTOP past a takeover',
    pauses: true,
    during: async (pid) => kill(pid, 'SIGSTOP'),
    after: NOTHING,
  },
];

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself in the meantime.
  }
}
