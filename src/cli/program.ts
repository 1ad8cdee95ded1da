import { Command, CommanderError, Option } from 'commander';
import type { Verb } from '../kubectl/verb.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { agentFlags, certs, logFormat, logLevel, replication } from './agent-flags.ts';
import type { Commands, Options } from './commands.ts';
import { fillFlags, fillHelp } from './fill-flags.ts';
import type { Flag } from './flag.ts';
import { helpTexts } from './help.ts';
import { historyFlags } from './history-flags.ts';
import { logFlags, logHelp } from './log-flags.ts';
import { metrics, metricsTls } from './metrics-flags.ts';
import { receiverFlags } from './receiver-flags.ts';
import { environmentName, syncFlags } from './sync-flags.ts';
import { watchFlags, watchHelp } from './watch-flags.ts';

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

/** What every verb that talks to a cluster takes, and its own. */
const clusterFlags = ({ everywhere, forms, flags }: Verb): readonly Flag[] => [
  { flag: '-n, --namespace <name>', help: 'the namespace (that of the context)' },
  ...(everywhere ? [{ flag: '-A, --all-namespaces', help: 'every namespace' }] : []),
  { flag: '--context <name>', help: 'the context of the kubeconfig (the current one)' },
  { flag: '--kubeconfig <file>', help: 'the kubeconfig ($KUBECONFIG, or ~/.kube/config)' },
  ...(forms ? [{ flag: '-o, --output <form>', help: `${forms.join(', ')} (table)` }] : []),
  ...flags,
];

const addVerb = (program: Command, verb: Verb): void => {
  const { name, description, argument, argumentName = 'name', second } = verb;
  const command = program.command(name).description(description).exitOverride().allowExcessArguments(false);
  for (const { flag, help } of clusterFlags(verb)) command.addOption(new Option(flag, help));
  if (argument !== 'none') command.argument(argument === 'required' ? `<${argumentName}>` : `[${argumentName}]`);
  if (second) command.argument(argument === 'required' ? `<${second}>` : `[${second}]`);
  command.action(async (...given: unknown[]) => {
    const [called, further] = argument === 'none' ? [] : (given as (string | undefined)[]);
    await (await verb.load())({ name: called, ...(second ? { second: further } : {}), options: command.opts() });
  });
};

/** With `--dir` it is about a receiver's directory on this machine. */
const addTakeOver = (
  program: Command,
  name: 'promote' | 'demote',
  commands: Commands,
  verbs: readonly Verb[],
): void => {
  const verb = verbs.find((one) => one.name === name);
  if (!verb) return;
  const dir = { flag: '--dir <dir>', help: "a receiver's directory on this machine, instead of a SyncReplica" };
  addVerb(program, {
    ...verb,
    argument: 'optional',
    flags: [dir, ...verb.flags],
    load: async () => async (call) => {
      if (call.options.dir !== undefined) return (await commands[name]())(call.options as never);
      if (call.name === undefined || call.second === undefined)
        throw new UsageFailure(`${name}: name a SyncReplica and its target, or a receiver's directory by --dir`);
      return (await verb.load())(call);
    },
  });
};

/** What an agent on this machine is asked for, or, with a name, a SyncReplica of the cluster. */
const addEither = (
  program: Command,
  commands: Commands,
  verbs: readonly Verb[],
  either: Pick<Verb, 'description' | 'flags'> & { readonly name: 'status' | 'verify' },
): void => {
  const ofCluster = verbs.find(({ name }) => name === either.name);
  addVerb(program, {
    ...either,
    argument: 'optional',
    ...(ofCluster?.forms === undefined ? {} : { forms: ofCluster.forms }),
    load: async () => async (call) => {
      if (call.name !== undefined && ofCluster) return (await ofCluster.load())(call);
      return (await commands[either.name]())(call.options as never);
    },
  });
};

/** The journal of an agent on this machine, or, with a name, that of a SyncReplica of the cluster. */
const addLog = (command: Command, commands: Commands, verbs: readonly Verb[]): void => {
  const ofCluster = verbs.find(({ name }) => name === 'log');
  if (!ofCluster) return;
  command.argument('[name]').optionsGroup('With the name of a SyncReplica:');
  const known = new Set(command.options.map(({ long }) => long));
  for (const { flag, help } of clusterFlags(ofCluster)) {
    const option = new Option(flag, help);
    if (!known.has(option.long)) command.addOption(option);
  }
  command.action(async (name: string | undefined) => {
    if (name === undefined) return (await commands.log())(optionsOf(command) as never);
    return (await ofCluster.load())({ name, options: command.opts() });
  });
};

/** Options of a command; a list from the environment is one text with commas. */
const optionsOf = (command: Command): Options =>
  Object.fromEntries(
    Object.entries(command.opts<Options>()).map(([key, value]) => [
      key,
      Array.isArray(value) && command.getOptionValueSource(key) === 'env'
        ? value.flatMap((text: string) => text.split(',')).filter((text) => text !== '')
        : value,
    ]),
  );

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
      .action(async () => (await commands[name]())(optionsOf(command) as never));
  };

  add(
    'local',
    'copy directories on this machine, both halves in one process',
    [
      { flag: '-f, --file <replica.yaml>', help: 'the replication as a file' },
      { flag: '--target <dir or url>', help: 'where to (repeatable)', repeatable: true },
      ...replication,
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
  add('fill', fillHelp, [...fillFlags, logLevel, logFormat]);
  addFlags(program.command('watch').description(watchHelp), watchFlags)
    .argument('<dir...>')
    .exitOverride()
    .addHelpText('after', helpTexts.watch)
    .action(async (directories: string[], options: Options) =>
      (await commands.watch())({ ...options, directories } as never),
    );
  for (const name of ['promote', 'demote'] as const) addTakeOver(program, name, commands, verbs);
  addEither(program, commands, verbs, {
    name: 'status',
    description: 'show what an agent on this machine does, or with a name a SyncReplica of the cluster',
    flags: [
      { flag: '--url <url>', help: "an agent's metrics address (every agent of this machine)" },
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
    .description(
      'tell a running agent of this machine: reload, pause, resume, sync, verify, checkpoint, release, undelete, locks',
    )
    .argument('<verb>')
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
    (await commands.history())({ verb, value, ...optionsOf(history) } as never),
  );
  add('operator', 'run the operator of a Kubernetes cluster', []);
  add('release-finalizers', "before the operator is uninstalled: let SyncReplicas go, keep every replica's data", []);
  for (const verb of verbs) if (!program.commands.some((one) => one.name() === verb.name)) addVerb(program, verb);
  return programOf(program);
};
