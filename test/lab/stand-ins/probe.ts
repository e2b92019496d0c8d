import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import type { Probe, StaticPod } from './manifest.js';

/**
 * Probes a container as its manifest says, startup first, then liveness, and calls `onSick` once when
 * one has failed too often in a row. Answers how to stop probing.
 */
export function watchHealth(pod: StaticPod, onSick: (reason: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const later = (probe: Probe, isStartup: boolean, failures: number, delayMs: number) => {
    timer = setTimeout(async () => {
      const askedMs = Date.now();
      const problem = await ask(probe);
      if (isStopped) return;
      const restMs = Math.max(0, askedMs + probe.periodMs - Date.now());
      if (problem === undefined && isStartup) begin(pod.livenessProbe, false);
      else if (problem === undefined) later(probe, false, 0, restMs);
      else if (failures + 1 < probe.failuresMax) later(probe, isStartup, failures + 1, restMs);
      else onSick(`${isStartup ? 'startup' : 'liveness'} probe: ${problem}`);
    }, delayMs);
  };
  const begin = (probe: Probe | undefined, isStartup: boolean) => {
    if (probe !== undefined) later(probe, isStartup, 0, probe.initialDelayMs);
  };
  if (pod.startupProbe === undefined) begin(pod.livenessProbe, false);
  else begin(pod.startupProbe, true);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

/** Any answer from 200 to 399 is a success, and certificates are not looked at: as the kubelet does. */
function ask(probe: Probe): Promise<string | undefined> {
  const get = probe.address.startsWith('https:') ? getSecure : getPlain;
  // Not the request's own `timeout`: over TLS that one takes twice as long as it is told.
  const signal = AbortSignal.timeout(probe.timeoutMs);
  return new Promise((resolve) => {
    get(probe.address, { signal, rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      resolve(status >= 200 && status < 400 ? undefined : `status ${status}`);
    }).on('error', (problem) => resolve(signal.aborted ? 'no answer in time' : problem.message));
  });
}
