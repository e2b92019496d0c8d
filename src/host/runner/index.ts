import { quote } from '../../core/argv.js';
import claim from './claim.sh';
import follow from './follow.sh';
import lock from './lock.sh';
import look from './look.sh';
import output from './output.sh';
import processes from './process.sh';
import serve from './serve.sh';
import settle from './settle.sh';
import step from './step.sh';
import tools from './tools.sh';
import watcher from './watcher.sh';
import wrapper from './wrapper.sh';

/** What the runner, the wrapper of detached steps and their watcher have in common. */
const shared = [processes, step, output].map(withoutComments).join('\n');

/**
 * What is sent to a host, once for each channel: functions, and then the loop that serves requests.
 * The texts of the detached halves are values in it, since nothing of ours is installed on a host.
 */
export function runnerText(stateDir: string): string {
  return [
    `rb_state=${quote(stateDir)}`,
    ...library(),
    `rb_wrapper=$rb_prelude$rb_shared${quote(`\n${withoutComments(wrapper)}`)}`,
    `rb_watcher=$rb_shared${quote(`\n${withoutComments(watcher)}`)}`,
    ...[look, settle, follow, lock, serve].map(withoutComments),
  ].join('\n');
}

/** The part of it that a transfer needs, which has a channel of its own for its bytes. */
export function transferLibrary(stateDir: string): string {
  return [`rb_state=${quote(stateDir)}`, ...library()].join('\n');
}

function library(): readonly string[] {
  return [
    withoutComments(tools),
    `rb_shared=${quote(shared)}`,
    'eval "$rb_shared"',
    withoutComments(claim),
  ];
}

/** Marks of points stay: a test stops a shell there. */
function withoutComments(text: string): string {
  return text.replace(/^\s*#(?! point:).*\n/gm, '').replace(/\n+$/, '');
}
