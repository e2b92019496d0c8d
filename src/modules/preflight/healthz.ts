export const HEALTHZ_PORT = 10_248;

/** A kubelet that is well says so within two seconds. */
export function healthz() {
  const url = `http://127.0.0.1:${HEALTHZ_PORT}/healthz`;
  const open = { caFile: null, certFile: null, keyFile: null };
  return { kind: 'wait-http', url, statuses: [200], ...open, timeoutMs: 2_000 } as const;
}
