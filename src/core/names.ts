/** A host's name in the inventory. Branded: only the inventory makes one. */
export type HostName = string & { readonly __hostName: true };

/** `20261124T121722Z-9f86d081884c7d65`: UTC time and 64 random bits; the only generated value of a run. */
export type RunId = string & { readonly __runId: true };

/** Where a task stands in its playbook: `2.5` is the fifth task of the second play. */
export type TaskId = string & { readonly __taskId: true };

/** The id of one change on one host, chosen before anything is sent. 32 hex digits. */
export type ChangeId = string & { readonly __changeId: true };

export const CONTROLLER = 'controller' as HostName;

const RUN_ID = /^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}$/;

export function isRunId(text: string): text is RunId {
  return RUN_ID.test(text);
}
