import { type Command, Option } from 'commander';
import type { Verb } from '../../kubectl/verb.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import type { Commands } from '../commands.ts';
import type { Flag } from '../flags/flag.ts';
import { optionsOf } from '../flags/options-of.ts';

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/** What every verb that talks to a cluster takes, and its own. */
const clusterFlags = ({ everywhere, forms, flags }: Verb): readonly Flag[] => [
  { flag: '-n, --namespace <name>', help: 'the namespace (that of the context)' },
  ...(everywhere ? [{ flag: '-A, --all-namespaces', help: 'every namespace' }] : []),
  { flag: '--context <name>', help: 'the context of the kubeconfig (the current one)' },
  { flag: '--kubeconfig <file>', help: 'the kubeconfig ($KUBECONFIG, or ~/.kube/config)' },
  ...(forms ? [{ flag: '-o, --output <form>', help: `${forms.join(', ')} (table)` }] : []),
  ...flags,
];

export const addVerb = (program: Command, verb: Verb): void => {
  const { name, description, argument, argumentName = 'name', second, third } = verb;
  const command = program.command(name).description(description).exitOverride().allowExcessArguments(false);
  for (const { flag, help, repeatable } of clusterFlags(verb)) {
    const option = new Option(flag, help);
    command.addOption(repeatable ? option.argParser(collect) : option);
  }
  if (argument !== 'none') command.argument(argument === 'required' ? `<${argumentName}>` : `[${argumentName}]`);
  if (second) command.argument(argument === 'required' ? `<${second}>` : `[${second}]`);
  if (third) command.argument(`[${third}]`);
  command.action(async (...given: unknown[]) => {
    const [called, further, last] = argument === 'none' ? [] : (given as (string | undefined)[]);
    const words = { ...(second ? { second: further } : {}), ...(third ? { third: last } : {}) };
    await (await verb.load())({ name: called, ...words, options: command.opts() });
  });
};

/** With `--dir` it is about a receiver's directory on this machine. */
export const addTakeOver = (
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
export const addEither = (
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
export const addLog = (command: Command, commands: Commands, verbs: readonly Verb[]): void => {
  const ofCluster = verbs.find(({ name }) => name === 'log');
  if (!ofCluster) return;
  command.argument('[name]').optionsGroup('With the name of a SyncReplica:');
  const known = new Set(command.options.map(({ long }) => long));
  for (const { flag, help } of clusterFlags(ofCluster)) {
    const option = new Option(flag, help);
    if (!known.has(option.long)) command.addOption(option);
  }
  command.action(async (name: string | undefined) => {
    if (name === undefined) return (await commands.log())(optionsOf(command, process.env) as never);
    return (await ofCluster.load())({ name, options: command.opts() });
  });
};
