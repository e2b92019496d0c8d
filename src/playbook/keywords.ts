/** The words of the language, in one place: what is there, and what this version does not have yet. */

export const TOP_KEYWORDS = ['name', 'description', 'runback', 'vars', 'plays'];

export const PLAY_KEYWORDS = ['name', 'hosts', 'become', 'whole', 'on_failure', 'tags', 'tasks'];

export const TASK_KEYWORDS = [
  'name',
  'when',
  'register',
  'timeout',
  'throttle',
  'run_once',
  'become',
  'point_of_no_return',
  'tags',
  'no_log',
];

/** Part of the language, not of this version: refused by name, never silently ignored. */
export const LATER_PLAY_KEYWORDS = [
  'import',
  'become_user',
  'serial',
  'strategy',
  'any_errors_fatal',
  'max_fail_percentage',
  'environment',
  'when',
];

export const LATER_TASK_KEYWORDS = [
  'block',
  'rescue',
  'always',
  'until',
  'retries',
  'delay',
  'delegate_to',
  'loop',
  'environment',
  'ignore_errors',
  'creates',
  'removes',
  'changed_when',
  'failed_when',
];

export const VAR_TYPES = [
  'string',
  'path',
  'host_path',
  'integer',
  'number',
  'boolean',
  'duration',
  'list',
  'map',
  'secret',
] as const;

export const VAR_KEYWORDS = ['type', 'description', 'required', 'default', 'items'];

export const LANGUAGE_VERSION = 1;

/** How long a task's changes may take when it says nothing. */
export const DEFAULT_TIMEOUT_MS = 300_000;
