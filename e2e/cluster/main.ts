import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBinaries } from './binaries.ts';
import { runOnTerminal } from './command.ts';
import { controlUnits, nodeUnits } from './component-flags.ts';
import { takeDown } from './down.ts';
import { ClusterError, describeFailure } from './failure.ts';
import { loadSavedIntoNodes } from './image-layout.ts';
import { kubectlCommand } from './kubectl.ts';
import { controlName, defaultName, machineFolder, machineNames } from './layout.ts';
import { loadIntoNodes } from './load-image.ts';
import { enterFlags } from './machine.ts';
import { programs } from './programs.ts';
import { makeProgress, seconds } from './progress.ts';
import { buildProjectImages, buildToolImage, projectImages, toolImage } from './project-images.ts';
import { openCluster } from './state.ts';
import { describeAll, describeStatus, readStatus, usage } from './status.ts';
import { bringUp } from './up.ts';

const help = `A real Kubernetes for the tests, in Linux namespaces of this machine.

npm run cluster -- COMMAND [--name NAME]      the cluster is "${defaultName}" unless named
  up [--nodes 2]        start it, or repair and complete what is there
  down                  end it and remove all of it
  status                what runs, how much memory, how to use it; with --all, every cluster here
  kubectl ARGS…         kubectl as its administrator
  shell [MACHINE]       a shell with kubectl, in its network; or on one machine (${controlName}, node1 …)
  images [--dockerfile FILE]   build the project's images (operator, agent) and load them, with that of the examples
  load ARCHIVE…         load image archives into its nodes
  logs COMPONENT [--node NODE] [--follow]   the log of one of its programs
  build [PROGRAM…]      build programs into the cache, without starting anything`;

const options = {
  name: { type: 'string', default: defaultName },
  nodes: { type: 'string' },
  node: { type: 'string' },
  dockerfile: { type: 'string' },
  follow: { type: 'boolean', short: 'f', default: false },
  all: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const env = process.env;
const projectFolder = dirname(dirname(import.meta.dirname));
const progress = makeProgress((text) => process.stderr.write(text), Date.now);

type Flags = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

/** Each command: resolves to the exit code. */
const commands: Readonly<Record<string, (flags: Flags, words: readonly string[]) => Promise<number>>> = {
  async up(flags) {
    const start = Date.now();
    const nodes = flags.nodes === undefined ? undefined : Number(flags.nodes);
    const layout = await bringUp({ name: flags.name, nodes, env, progress });
    print(`cluster ${layout.name} is up (${seconds(Date.now() - start)})\n${usage(layout)}`);
    return 0;
  },
  async down(flags) {
    await takeDown(flags.name, progress);
    return 0;
  },
  async status(flags) {
    if (flags.all) {
      print(await describeAll());
      return 0;
    }
    const status = await readStatus(flags.name);
    print(describeStatus(status));
    return status.healthy ? 0 : 1;
  },
  kubectl(flags, words) {
    const { layout, state } = openCluster(flags.name);
    const [program = '', ...rest] = kubectlCommand(layout, state.bin);
    return runOnTerminal(program, [...rest, ...words], env);
  },
  shell(flags, [machine]) {
    const { layout, state } = openCluster(flags.name);
    const where = enterFlags(layout, machine ?? controlName, machine === undefined ? 'network' : 'all');
    const path = `${machine === undefined ? state.bin : '/cluster/bin'}:${env.PATH ?? ''}`;
    const prompt = `[${flags.name}/${machine ?? 'network'}] \\w \\$ `;
    return runOnTerminal('nsenter', [...where, 'bash', '--norc'], {
      ...env,
      PATH: path,
      KUBECONFIG: layout.kubeconfig,
      PS1: prompt,
    });
  },
  async images(flags) {
    const { layout } = openCluster(flags.name);
    await buildProjectImages(progress, env, projectFolder, { file: flags.dockerfile });
    // Examples of the documents run in it.
    await buildToolImage(progress, env);
    const images = [toolImage, ...Object.values(projectImages)];
    await progress.step('load them', () => loadSavedIntoNodes(env, layout, images));
    return 0;
  },
  async load(flags, archives) {
    if (archives.length === 0) throw badUse('load: no archive named');
    const { layout } = openCluster(flags.name);
    await progress.step(`load ${archives.join(', ')}`, () => loadIntoNodes(layout, archives));
    return 0;
  },
  logs(flags, [component]) {
    const { layout } = openCluster(flags.name);
    const known = [...controlUnits(), ...layout.nodes.flatMap((node) => nodeUnits(node))].map(({ name }) => name);
    if (component === undefined || !known.includes(component)) {
      throw badUse(`logs: name one of ${[...new Set(known)].join(', ')}`);
    }
    const machines = flags.node === undefined ? machineNames(layout) : [flags.node];
    const paths = machines.map((machine) => join(machineFolder(layout, machine), 'log', `${component}.log`));
    const logs = paths.filter((path) => existsSync(path));
    if (logs.length === 0) throw badUse(`logs: ${component} has none on ${machines.join(', ')}`);
    return runOnTerminal('tail', ['-n', '200', ...(flags.follow ? ['-F'] : []), ...logs], env);
  },
  async build(_flags, names) {
    const unknown = names.filter((name) => !programs.some((program) => program.name === name));
    if (unknown.length > 0) throw badUse(`build: no program ${unknown.join(', ')}`);
    print(await buildBinaries(progress, env, names.length > 0 ? names : undefined));
    return 0;
  },
};

process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  try {
    const { verb, flags, words } = parse(argv);
    if (flags.help || verb === undefined) {
      print(help);
      return verb === undefined && !flags.help ? 1 : 0;
    }
    const command = commands[verb];
    if (command === undefined) throw badUse(`no command "${verb}"`);
    return await command(flags, words);
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    return 1;
  }
}

/** kubectl's own flags are not ours to read: before them only --name is. */
function parse(argv: readonly string[]) {
  const at = argv.indexOf('kubectl');
  const isKubectl = at === 0 || (at === 2 && argv[0] === '--name');
  const named = isKubectl && argv[at + 1] === '--name' ? 2 : 0;
  const end = isKubectl ? at + 1 + named : argv.length;
  try {
    const { values, positionals } = parseArgs({ args: argv.slice(0, end), options, allowPositionals: true });
    const [verb, ...words] = positionals;
    return { verb, flags: values as Flags, words: isKubectl ? argv.slice(end) : words };
  } catch (cause) {
    throw badUse(cause instanceof Error ? cause.message : String(cause));
  }
}

function badUse(why: string): ClusterError {
  return new ClusterError('bad-use', why, 'See: npm run cluster -- --help');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
