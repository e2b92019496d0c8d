import { type Failure, failure } from '../../core/failure.js';
import type { HostName } from '../../core/names.js';
import { WRONG_PASSWORD } from './password-gate.js';
import type { SudoEnding } from './until-running.js';

interface Reason {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** Why sudo let nobody in, from what it said in English. What it said is shown, never trusted. */
export function sudoFailure(
  host: HostName,
  user: string,
  ending: SudoEnding,
  said: string,
): Failure {
  const reason = reasonOf(user, ending, said);
  const more = said === '' ? { host } : { host, detail: said };
  return failure('sudo-refused', reason.code, `${host}: ${reason.message}`, reason.next, more);
}

function reasonOf(user: string, ending: SudoEnding, said: string): Reason {
  const wasAnswered = ending.kind !== 'running' && ending.wasAnswered;
  const isWrong = ending.kind === 'asked-again' || /incorrect password attempt/.test(said);
  if (wasAnswered && isWrong) {
    return {
      code: WRONG_PASSWORD,
      message: 'sudo refused the password. It was tried once, and nowhere else',
      next: 'try `sudo -k true` there by hand, then give the right password',
    };
  }
  if (ending.kind === 'late') {
    return {
      code: 'sudo-late',
      message: 'sudo neither let the login in nor refused it',
      next: 'try `sudo -k true` there by hand: it may ask for more than a password',
    };
  }
  return REASONS.find(([pattern]) => pattern.test(said))?.[1](user) ?? other(user);
}

const REASONS: readonly (readonly [RegExp, (user: string) => Reason])[] = [
  [
    /a password is required|a terminal is required to (read|authenticate)/,
    (user) => ({
      code: 'sudo-wants-password',
      message: `sudo wants a password to become ${user}`,
      next: 'give it: --ask-become-pass (-K) or --become-password-file FILE',
    }),
  ],
  [
    /must have a tty/,
    () => ({
      code: 'sudo-requiretty',
      message: 'sudo wants a terminal, and there is none',
      next: 'have `Defaults:USER !requiretty` put into its sudoers',
    }),
  ],
  [
    /not in the sudoers file|is not allowed to|may not run sudo/,
    (user) => ({
      code: 'sudo-not-allowed',
      message: `sudo does not let the login become ${user}`,
      next: 'see `sudo -l` there; the runner needs `sh` and `env` without restrictions',
    }),
  ],
  [
    /unknown user|unknown uid/,
    (user) => ({
      code: 'sudo-unknown-user',
      message: `there is no user ${user}`,
      next: 'mend ansible_become_user',
    }),
  ],
  [
    /sudo['’]?: (not found|No such file|command not found)/,
    (user) => ({
      code: 'sudo-missing',
      message: `there is no sudo, so the login cannot become ${user}`,
      next: `log in as ${user} itself, or install sudo`,
    }),
  ],
];

function other(user: string): Reason {
  return {
    code: 'sudo-refused',
    message: `sudo does not let the login become ${user}`,
    next: `try \`sudo -k -u ${user} true\` there by hand`,
  };
}
