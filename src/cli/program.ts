import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { applyVerb } from './apply.js';
import { cleanVerb } from './clean.js';
import type { Edges } from './edges.js';
import { BAD_INPUT } from './exit-code.js';
import { addInventoryVerb } from './inventory.js';
import { addModulesVerb } from './modules.js';
import type { CommonOptions } from './options.js';
import { resumeVerb } from './resume.js';
import { rollbackVerb } from './rollback.js';
import { dryRunVerb, runVerb } from './run.js';
import { runsVerb, statusVerb } from './status.js';
import { trustVerb } from './trust.js';
import { unlockVerb } from './unlock.js';
import { validateVerb } from './validate.js';

/** Reads what the operator typed and hands it to one verb. Gives the exit code. */
export async function runCommand(words: readonly string[], edges: Edges): Promise<number> {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = buildProgram(edges, done);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.exitCode === 0 ? 0 : BAD_INPUT;
  }
}

function buildProgram(edges: Edges, done: Done): Command {
  const program = new Command('runback')
    .description(
      'Run the book; get it back: back up and restore etcd and a control plane over SSH.',
    )
    .version(edges.version)
    .exitOverride()
    .showHelpAfterError('(runback --help lists the commands)')
    .configureOutput({
      writeOut: (text) => edges.out.write(text),
      writeErr: (text) => edges.problems.write(text),
    });
  addPlaybookVerbs(program, edges, done);
  addRunVerbs(program, edges, done);
  addClusterVerbs(program, edges, done);
  return program;
}

type Done = (code: number) => void;

/** What begins with a playbook, or with a plan of it. */
function addPlaybookVerbs(program: Command, edges: Edges, done: Done): void {
  withLeftOut(withSelection(withInputs(program.command('validate'))))
    .description('check playbooks, and with -i the values and hosts too, without connecting')
    .argument('[playbook...]', 'playbooks to check; ./playbooks/*.yml when none is named')
    .action(async (playbooks: string[], options: CommonOptions) =>
      done(await validateVerb(playbooks, options, edges)),
    );

  withLeftOut(withAcceptance(withLogin(withSelection(withInputs(program.command('plan'))))))
    .description('preview a playbook host by host; asks the hosts and changes nothing')
    .argument('<playbook>')
    .option('--offline', 'show the tasks without any connection')
    .option('-o, --out <file>', 'save the plan, to be done by `apply`')
    .option('--detailed-exitcode', 'exit 10 when there is something to change')
    .action(async (playbook: string, options: CommonOptions) =>
      done(await dryRunVerb(playbook, options, edges)),
    );

  withLeftOut(
    withAcceptance(
      withVerbose(withPace(withLogin(withSelection(withInputs(program.command('run')))))),
    ),
  )
    .description('do a playbook: preview, ask, do')
    .argument('<playbook>')
    .option('-y, --yes', 'do not preview and ask first')
    .option('--dry-run', 'preview only: the same as `plan`')
    .addOption(new Option('--check').hideHelp())
    .option('--detailed-exitcode', 'with --dry-run: exit 10 when there is something to change')
    .action(async (playbook: string, options: CommonOptions) => {
      const previewOnly = options.dryRun === true || options.check === true;
      const verb = previewOnly ? dryRunVerb : runVerb;
      done(await verb(playbook, options, edges));
    });

  withAcceptance(withVerbose(withPace(withLogin(withOutput(program.command('apply'))))))
    .description('do a saved plan; refused when what it rests on has moved, which is named')
    .argument('<file>', 'what `plan -o` saved')
    .option('-y, --yes', 'do not ask first')
    .action(async (file: string, options: CommonOptions) =>
      done(await applyVerb(file, options, edges)),
    );
}

/** What is about a run that was begun. */
function addRunVerbs(program: Command, edges: Edges, done: Done): void {
  withAcceptance(withVerbose(withPace(withLogin(withOutput(program.command('resume'))))))
    .description('go on with a run that was cut short: what was in flight is settled first')
    .argument('[run]', 'the run; the newest when none is named')
    .option('-y, --yes', 'do not ask first')
    .option('--as-recorded', 'with the inputs that the run kept, although the files have changed')
    .action(async (run: string | undefined, options: CommonOptions) =>
      done(await resumeVerb(run, options, edges)),
    );

  withVerbose(withLogin(withOutput(program.command('rollback'))))
    .description('take a run back, newest task first; its lock is taken over')
    .argument('[run]', 'the run; the newest when none is named')
    .option('-y, --yes', 'do not ask first')
    .action(async (run: string | undefined, options: CommonOptions) =>
      done(await rollbackVerb(run, options, edges)),
    );

  withLogin(withOutput(program.command('clean')))
    .description('list what a run left on the hosts, and take it away after a yes')
    .argument('[run]', 'the run; the newest when none is named')
    .option('-y, --yes', 'do not ask first')
    .action(async (run: string | undefined, options: CommonOptions) =>
      done(await cleanVerb(run, options, edges)),
    );

  withOutput(program.command('status'))
    .description('where a run stands, and what to type next')
    .argument('[run]', 'the run; the newest when none is named')
    .option('--verify', 'check only whether the journal is intact, truncated or altered')
    .action(async (run: string | undefined, options: CommonOptions) =>
      done(await statusVerb(run, options, edges)),
    );

  withOutput(program.command('runs'))
    .description('every recorded run, the newest last')
    .action(async (options: CommonOptions) => done(await runsVerb(options, edges)));
}

/** What is about modules, hosts and a cluster, whatever the playbook. */
function addClusterVerbs(program: Command, edges: Edges, done: Done): void {
  addModulesVerb(withOutput(program.command('modules')), edges, done);

  addInventoryVerb(withLogin(withInputs(program.command('inventory'))), edges, done);

  withLogin(withInputs(program.command('trust')))
    .description('show the host keys of all hosts, and add new ones to known_hosts after a yes')
    .option('-y, --yes', 'do not ask first: whoever answers there now is trusted')
    .action(async (options: CommonOptions) => done(await trustVerb(options, edges)));

  withLeftOut(withLogin(withInputs(program.command('unlock'))))
    .description('show who holds the lock of the cluster, and release it after a yes')
    .option('-y, --yes', 'do not ask first')
    .action(async (options: CommonOptions) => done(await unlockVerb(options, edges)));
}

/** How fast, and how much at a time. */
function withPace(command: Command): Command {
  const hosts = (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number > 0) return number;
    throw new InvalidArgumentError('It is a number above 0.');
  };
  return command
    .option('--forks <number>', 'how many hosts at once; all when it is not given', hosts)
    .option('--step', 'ask before each task (refused by plays marked `whole`)');
}

function withVerbose(command: Command): Command {
  return command.option('-v, --verbose', 'show what running programs print, while they run');
}

/** What a person takes upon himself; see docs/preflight.md. */
function withAcceptance(command: Command): Command {
  return command
    .option('--accept <finding>', 'go on in spite of this finding of the preflight', collect, [])
    .option('--reason <text>', 'why; kept in the journal');
}

function withLogin(command: Command): Command {
  return command
    .option('-u, --user <name>', 'log in as, where the inventory names nobody')
    .option('--private-key <file>', 'log in with, where the inventory names no key')
    .option('--private-key-passphrase-file <file>', 'what opens it: first line, mode 0600')
    .option('-K, --ask-become-pass', 'ask for the password that sudo wants')
    .option('--become-password-file <file>', 'the password that sudo wants: first line, mode 0600');
}

/** What of a playbook is taken. */
function withSelection(command: Command): Command {
  return command
    .option('-t, --tags <tags>', 'only tasks with these tags (refused by `whole`)', collect, [])
    .option(
      '--skip-tags <tags>',
      'leave out tasks with these tags (refused by `whole`)',
      collect,
      [],
    )
    .option('--start-at-task <task>', 'leave out all before it (refused by `whole`)');
}

function withInputs(command: Command): Command {
  return withOutput(command)
    .option(
      '-i, --inventory <source>',
      'an Ansible inventory: a file (YAML, INI), a directory, a program, or hosts: a,b, ; several merge',
      collect,
      [],
    )
    .option('-e, --extra <name=value>', 'a value for a declared variable', collect, [])
    .option('--vars-file <file>', 'a YAML file with values for declared variables', collect, [])
    .option('-l, --limit <pattern>', 'only these hosts (refused by plays marked `whole`)');
}

/** Who is left out although a play concerns the whole cluster. */
function withLeftOut(command: Command): Command {
  return command.option(
    '--without <host>',
    'leave this host out: it is down, and you see to it that it stays down',
    collect,
    [],
  );
}

function withOutput(command: Command): Command {
  return command
    .addOption(
      new Option('--output <kind>', 'how to print')
        .choices(['auto', 'tty', 'plain', 'json'])
        .default('auto'),
    )
    .option('--state-dir <directory>', 'where runs are recorded', '.runback');
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
