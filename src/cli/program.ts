import { Argument, Command, CommanderError, Option } from 'commander';
import type { Verb } from '../kubectl/verb.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { addCompletion } from './add-completion.ts';
import { addEither, addLog, addTakeOver, addVerb } from './cluster/cluster-verbs.ts';
import type { Commands, Options } from './commands.ts';
import { agentFlags, certs, foreignCredentials, logFormat, logLevel, replication } from './flags/agent-flags.ts';
import { fillFlags, fillHelp } from './flags/fill-flags.ts';
import type { Flag } from './flags/flag.ts';
import { historyFlags } from './flags/history-flags.ts';
import { logFlags, logHelp } from './flags/log-flags.ts';
import { metrics, metricsLabels, metricsTls } from './flags/metrics-flags.ts';
import { optionsOf } from './flags/options-of.ts';
import { keepFlags, receiverFlags } from './flags/receiver-flags.ts';
import { environmentName, syncFlags } from './flags/sync-flags.ts';
import { watchFlags, watchHelp } from './flags/watch-flags.ts';
import { helpTexts } from './help.ts';
import { controlVerbs } from './running/control-verbs.ts';

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

const addFlags = (command: Command, flags: readonly Flag[]): Command => {
  for (const { flag, help, repeatable } of flags) {
    const option = new Option(flag, help).env(environmentName(flag));
    command.addOption(repeatable ? option.argParser(collect) : option);
  }
  return command;
};

const addSyncFlags = (command: Command): Command => {
  command.optionsGroup('What is sent, and how:');
  return addFlags(
    command,
    syncFlags.map(({ flag, help, kind }) => ({ flag, help, repeatable: kind === 'patterns' })),
  );
};

interface Program {
  /** Parses and does it. @throws UsageFailure for what commander refuses */
  run(argv: readonly string[]): Promise<void>;
  /** Long flags by command. */
  flags(): Map<string, Set<string>>;
}

const programOf = (program: Command): Program => ({
  flags: () =>
    new Map(
      program.commands.map((command) => [
        command.name(),
        new Set(command.options.flatMap((option) => option.long ?? [])),
      ]),
    ),
  run: async (argv) => {
    try {
      await program.parseAsync(argv, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode === 0) return;
      if (error.code === 'commander.help')
        throw new UsageFailure('no command was given', { hint: `${program.name()} --help shows them` });
      throw new UsageFailure(error.message.replace(/^error: /, ''), { hint: 'add --help to see what can be given' });
    }
  },
});

/** `kubectl syncreplica`: the verbs that talk to a cluster and nothing else. */
export const makePlugin = (version: string, verbs: readonly Verb[]): Program => {
  const program = new Command('kubectl syncreplica')
    .description('Shows and steers SyncReplicas: which volume is behind, since when, why, and what to do.')
    .version(version)
    .configureHelp({ helpWidth: 120 })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', helpTexts.plugin);
  for (const verb of verbs) addVerb(program, verb);
  addCompletion(program);
  return programOf(program);
};

/** The command line of plain machines, with the verbs of the plugin beside it. */
export const makeProgram = (version: string, commands: Commands, verbs: readonly Verb[]): Program => {
  const program = new Command('syncreplica')
    .description(
      'Keeps live replicas of directories and volumes: every change reaches every target within milliseconds.',
    )
    .version(version)
    .configureHelp({ helpWidth: 120 })
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', helpTexts.program);

  const add = (
    name: Exclude<keyof Commands, 'promote' | 'demote' | 'verify'>,
    description: string,
    flags: readonly Flag[],
    withSync = false,
  ): Command => {
    const command = addFlags(program.command(name).description(description), flags);
    if (withSync) addSyncFlags(command);
    return command
      .exitOverride()
      .allowExcessArguments(false)
      .addHelpText('after', helpTexts[name])
      .action(async () => (await commands[name]())(optionsOf(command, process.env) as never));
  };

  add(
    'local',
    'copy directories on this machine, both halves in one process',
    [
      { flag: '-f, --file <replica.yaml>', help: 'the replication as a file' },
      {
        flag: '--target <dir or url>',
        help: '[NAME=]DIR, or a URL as an agent takes it (repeatable)',
        repeatable: true,
      },
      ...replication,
      ...keepFlags,
      certs,
      metrics('127.0.0.1:18730'),
      logLevel,
      logFormat,
    ],
    true,
  );
  add(
    'agent',
    'watch a directory and send every change to the targets',
    [
      { flag: '-f, --file <replica.yaml>', help: 'the replication as a file' },
      { flag: '--target <url>', help: '[NAME=]srep://… | rsync://… | rsync+tls://… (repeatable)', repeatable: true },
      ...replication,
      certs,
      metrics('127.0.0.1:18730'),
      metricsTls,
      ...agentFlags,
      logLevel,
      logFormat,
    ],
    true,
  );
  add('receiver', 'keep a replica: the other half of an agent', [
    ...receiverFlags,
    certs,
    metrics('127.0.0.1:8731'),
    metricsTls,
    metricsLabels,
    logLevel,
    logFormat,
  ]);
  add('certs', 'make certificates and passwords for plain machines', [
    { flag: '--out <dir>', help: 'where to write them' },
    {
      flag: '--host <name>',
      help: 'name or address under which agents reach the receiver (repeatable)',
      repeatable: true,
    },
    { flag: '--volume <name>', help: 'volume that the agent may write (repeatable)', repeatable: true },
  ]);
  addLog(add('log', logHelp, logFlags), commands, verbs);
  add('fill', fillHelp, [...fillFlags, certs, ...foreignCredentials, logLevel, logFormat]);
  const watch = addFlags(program.command('watch').description(watchHelp), watchFlags).argument('<dir...>');
  watch
    .exitOverride()
    .addHelpText('after', helpTexts.watch)
    .action(async (directories: string[]) =>
      (await commands.watch())({ ...optionsOf(watch, process.env), directories } as never),
    );
  for (const name of ['promote', 'demote'] as const) addTakeOver(program, name, commands, verbs);
  addEither(program, commands, verbs, {
    name: 'status',
    description: 'show what an agent on this machine does, or with a name a SyncReplica of the cluster',
    flags: [
      { flag: '--url <url>', help: 'metrics address of an agent or receiver (every agent of this machine)' },
      { flag: '-w, --watch', help: 'go on until interrupted' },
    ],
  });
  addEither(program, commands, verbs, {
    name: 'verify',
    description:
      'have an agent on this machine compare both sides, or with a name those of a SyncReplica of the cluster',
    flags: [
      { flag: '--source <dir>', help: 'which agent, by what it copies or by its process (the only one)' },
      { flag: '--wait', help: 'of the cluster: show how far it is and what came out' },
    ],
  });
  program
    .command('ctl')
    .description(`tell a running agent of this machine: ${controlVerbs.join(', ')}`)
    .addArgument(new Argument('<verb>').choices(controlVerbs))
    .argument('[value]', 'of release and undelete the id, of pause and resume a target, of journal on or off')
    .addOption(
      new Option('--source <dir>', 'which agent, by what it copies or by its process').env('SYNCREPLICA_SOURCE'),
    )
    .exitOverride()
    .allowExcessArguments(false)
    .addHelpText('after', helpTexts.ctl)
    .action(async (verb: string, value: string | undefined, options: Options) =>
      (await commands.ctl())({ verb, value, ...options } as never),
    );
  const history = program
    .command('history')
    .description('look into the past of a replica: checkpoints, log, diff, restore, resume')
    .argument('<verb>')
    .argument('[path]', 'of log and diff; the whole replica without it')
    .exitOverride()
    .allowExcessArguments(false)
    .addHelpText('after', helpTexts.history);
  addFlags(history, [...historyFlags, certs]).action(async (verb: string, value: string | undefined) =>
    (await commands.history())({ verb, value, ...optionsOf(history, process.env) } as never),
  );
  add('operator', 'run the operator of a Kubernetes cluster', [logLevel, logFormat]);
  add('release-finalizers', "before the operator is uninstalled: let SyncReplicas go, keep every replica's data", []);
  for (const verb of verbs) if (!program.commands.some((one) => one.name() === verb.name)) addVerb(program, verb);
  addCompletion(program);
  return programOf(program);
};
