import type { HostName } from '../../../src/core/names.js';
import type { Hosts, Session } from '../../../src/core/ports.js';
import { err, ok } from '../../../src/core/result.js';
import type { Machine } from '../host/machine.js';
import { type Fates, gone, Link } from './link.js';
import type { ControllerProcess } from './process.js';
import { SimulatedSession } from './session.js';

/** A host that is away is noticed after this long. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Sessions by host, opened when they are first needed and again when a connection was lost. */
export function hostsOf(
  machines: ReadonlyMap<string, Machine>,
  controller: Machine,
  process: ControllerProcess,
  fates: Fates,
  wrap: (session: Session, machine: Machine) => Session,
): Hosts {
  const open = new Map<HostName, Session>();
  return {
    connect: async (host, _become, signal) => {
      const known = open.get(host);
      if (known !== undefined && !known.lost.aborted) return ok(known);
      open.delete(host);
      const machine = machines.get(host);
      if (machine === undefined) throw new Error(`there is no machine ${host}`);
      if (!machine.isUp || machine.isCutOff) {
        await new Promise<void>((resolve) =>
          process.time.after(CONNECT_TIMEOUT_MS, () =>
            process.effect(`${host} cannot be reached`, resolve),
          ),
        );
        return err(gone(machine));
      }
      const link = new Link(machine, process, fates);
      const greeted = await link.request<boolean>('connect', 'connect', signal, (answer) =>
        answer(true),
      );
      if (!greeted.ok) return greeted;
      const session = wrap(new SimulatedSession(link, controller), machine);
      open.set(host, session);
      return ok(session);
    },
    close: (host) => {
      open.delete(host);
    },
    closeAll: async () => {
      open.clear();
    },
  };
}
