/** The words of the language, in one place: what is there, and what this version does not have yet. */

export const TOP_KEYWORDS = ['name', 'description', 'runback', 'vars', 'plays'];

export const PLAY_KEYWORDS = [
  'name',
  'hosts',
  'become',
  'serial',
  'strategy',
  'on_failure',
  'any_errors_fatal',
  'max_fail_percentage',
  'ignore_unreachable',
  'whole',
  'tags',
  'environment',
  'when',
  'tasks',
  'import',
];

/** What may stand beside `import`: the imported plays say the rest. */
export const IMPORT_KEYWORDS = ['name', 'import', 'tags', 'when'];

export const TASK_KEYWORDS = [
  'name',
  'when',
  'register',
  'until',
  'retries',
  'delay',
  'timeout',
  'throttle',
  'run_once',
  'delegate_to',
  'loop',
  'tags',
  'become',
  'environment',
  'no_log',
  'ignore_errors',
  'ignore_unreachable',
  'point_of_no_return',
  'creates',
  'removes',
  'changed_when',
  'failed_when',
  'undo',
];

/** Arguments of a module that may be written beside it, as keywords of the task. */
export const ARGUMENT_KEYWORDS = ['creates', 'removes', 'undo'];

/** Part of the language, not of this version: refused by name, never silently ignored. */
export const LATER_PLAY_KEYWORDS = ['become_user'];

export const LATER_TASK_KEYWORDS = ['block', 'rescue', 'always', 'become_user'];

/** Words of Ansible that are said otherwise here. */
export const ANSIBLE_WORDS: ReadonlyMap<string, string> = new Map([
  ['with_items', 'write `loop:`'],
  ['with_list', 'write `loop:`'],
  ['with_dict', 'write `loop:` over a list'],
  ['loop_control', 'the item is always called `item`'],
  ['import_playbook', 'write `import:`'],
  ['include_tasks', 'write the tasks out, or import a playbook: `- import: FILE` under `plays`'],
  ['import_tasks', 'write the tasks out, or import a playbook: `- import: FILE` under `plays`'],
  ['roles', 'write the tasks out, or import a playbook: `- import: FILE` under `plays`'],
  ['notify', 'write a task with `when: results.NAME.changed`'],
  ['handlers', 'write tasks with `when: results.NAME.changed`'],
  ['gather_facts', 'leave it out: nothing is gathered that no task asks for'],
  ['local_action', 'write `delegate_to: localhost`'],
  ['async', 'write `timeout:`; a lost connection does not lose the step'],
  ['poll', 'leave it out; `timeout:` bounds the step'],
  ['become_method', 'set ansible_become_method in the inventory'],
  ['remote_user', 'set ansible_user in the inventory'],
  ['connection', 'set ansible_connection in the inventory'],
  ['set_fact', 'declare a variable with a default, or use `results.NAME`'],
]);

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

/** As in Ansible: three more attempts where `until` stands alone, and five seconds between two. */
export const DEFAULT_RETRIES = 3;
export const DEFAULT_DELAY_MS = 5_000;
