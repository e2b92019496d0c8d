import type { Failure } from '../../core/failure.js';

/** Why a server was not entered, and whether it is worth knocking again. */
export interface Trouble {
  readonly failure: Failure;
  /**
   * `dropped`: it took the connection and closed it before any login, as a busy sshd does. `closed`:
   * nothing listened, as while an sshd is started again. `no`: asking again gives the same answer, or harm.
   */
  readonly again: 'dropped' | 'closed' | 'no';
}
