import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { takeDown } from './cluster/down.ts';
import { buildEarlierImages } from './cluster/earlier-images.ts';
import { ClusterError, describeFailure } from './cluster/failure.ts';
import { loadSavedIntoNodes } from './cluster/image-layout.ts';
import { clustersFolder, defaultName, layoutOf } from './cluster/layout.ts';
import { withLock } from './cluster/lock.ts';
import { buildProgramsImage, programsImage } from './cluster/programs-image.ts';
import { makeProgress } from './cluster/progress.ts';
import { buildProjectImages, buildToolImage, projectImages, toolImage } from './cluster/project-images.ts';
import { clusterNames } from './cluster/state.ts';
import { bringUp } from './cluster/up.ts';
import { installChart, operatorNamespace } from './harness/chart.ts';
import { makeContext, scenarioLabel } from './harness/context.ts';
import { chooseScenarios, loadScenarios } from './harness/load-scenarios.ts';
import { joinOther } from './harness/other-cluster.ts';
import { type Outcome, type RunFacts, runScenario, summarize } from './harness/run-scenario.ts';
import type { Context, Scenario } from './harness/scenario.ts';
import { notOurs, otherTarget, ownTarget, type Target } from './harness/target.ts';

const help = `Scenarios on a real cluster: npm run e2e [-- SCENARIO… --keep]

  SCENARIO…      only these (default: all, in order)
  --keep         leave the cluster running, and the namespaces of what failed
  --list         say which scenarios there are
  --name NAME    the cluster to use (default "${defaultName}"); it is started when it is not up
  --retries N    try a scenario that failed again, up to N times, and say so (default 0)
  --output DIR   where the evidence of a failure goes (default e2e-output)

E2E_KUBECONFIG=FILE runs them on any other cluster; its nodes must be able to pull the images of the chart's values.
E2E_VALUES=FILE adds values for the chart.`;

const project = dirname(import.meta.dirname);
const env = process.env;
const progress = makeProgress((text) => process.stderr.write(text), Date.now);

const options = {
  keep: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  name: { type: 'string', default: defaultName },
  output: { type: 'string', default: join(project, 'e2e-output') },
  retries: { type: 'string', default: '0' },
} as const;

interface Flags {
  readonly keep: boolean;
  readonly name: string;
  readonly output: string;
  readonly retries: number;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${describeFailure(error)}\n`);
  return 1;
});

async function main(): Promise<number> {
  const { values: flags, positionals } = readArguments();
  if (flags.help) return say(help);
  const all = await loadScenarios(join(import.meta.dirname, 'scenarios'));
  if (flags.list) return say(all.map(({ name }) => name).join('\n'));
  const chosen = chooseScenarios(all, positionals);
  const kubeconfig = env.E2E_KUBECONFIG ?? '';
  if (kubeconfig !== '') return runAll(await otherTarget(kubeconfig, progress, env), chosen, flags);
  // Two runs would break each other's nodes and remove each other's namespaces.
  const lock = join(clustersFolder, `.${layoutOf(flags.name, 1).name}.e2e.lock`);
  return withLock(lock, 'npm run e2e', () => runOnOwn(chosen, flags));
}

async function runOnOwn(chosen: readonly Scenario[], flags: Flags): Promise<number> {
  const wasUp = clusterNames();
  const otherName = `${flags.name}-2`;
  const needsOther = chosen.some((scenario) => scenario.needsOther);
  await bringUp({ name: flags.name, env, progress });
  try {
    if (needsOther) await bringUp({ name: otherName, nodes: 1, env, progress });
    const target = ownTarget(flags.name);
    const other = needsOther ? ownTarget(otherName) : undefined;
    await loadImages([target, ...(other ? [other] : [])], chosen);
    return await runAll(target, chosen, flags, other);
  } finally {
    for (const name of [otherName, flags.name])
      if (!wasUp.includes(name) && !flags.keep && clusterNames().includes(name)) await takeDown(name, progress);
  }
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (!/^\d$/.test(values.retries)) throw new Error(`--retries ${values.retries}: give a number from 0 to 9`);
    return { values: { ...values, retries: Number(values.retries) }, positionals };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ClusterError('bad-use', why, 'See: npm run e2e -- --help', cause);
  }
}

async function loadImages(targets: readonly Target[], chosen: readonly Scenario[]): Promise<void> {
  await progress.step('images', async () => {
    await buildToolImage(progress, env);
    const ours = chosen.some(needsOperator) ? Object.values(projectImages) : [];
    if (ours.length > 0) await buildProjectImages(progress, env, project);
    const needsEarlier = chosen.some((scenario) => scenario.needsEarlier);
    const earlier = needsEarlier ? await buildEarlierImages(progress, env, project) : [];
    const programs = chosen.some((scenario) => scenario.needsPrograms) ? [programsImage] : [];
    if (programs.length > 0) await buildProgramsImage(progress, env, project);
    const all = [toolImage, ...ours, ...earlier, ...programs];
    await progress.step('load them into the nodes', async () => {
      for (const { layout } of targets) if (layout !== undefined) await loadSavedIntoNodes(env, layout, all);
    });
  });
}

async function runAll(target: Target, chosen: readonly Scenario[], flags: Flags, second?: Target): Promise<number> {
  const nodes = await nodeNames(target);
  await prepare(target, nodes, chosen);
  const other = second && (await prepareOther(target, second, chosen));
  const output = join(flags.output, new Date().toISOString().replace(/[:.]/g, '-'));
  const outcomes: Outcome[] = [];
  for (const scenario of chosen) {
    const namespaces = ['kube-system', ...(needsOperator(scenario) ? [operatorNamespace] : [])];
    const facts = { target, nodes, progress, output, keep: flags.keep, namespaces, other };
    outcomes.push(await runWithRetries(scenario, facts, flags.retries));
  }
  process.stdout.write(`${summarize(outcomes)}\n`);
  return outcomes.some(({ kind }) => kind === 'failed') ? 1 : 0;
}

/** Leaves nothing of an earlier run, and installs the chart where a scenario needs it. */
async function prepare(target: Target, nodes: readonly string[], chosen: readonly Scenario[]): Promise<Context> {
  const { context } = makeContext('e2e', target, nodes, progress);
  await context.kubectl(['delete', 'namespaces', '--selector', scenarioLabel, '--ignore-not-found']);
  if (!chosen.some(needsOperator)) return context;
  const own = target.layout === undefined ? [] : [join(import.meta.dirname, 'chart-values.yaml')];
  const added = env.E2E_VALUES === undefined ? [] : [env.E2E_VALUES];
  await progress.step('install the chart', () => installChart(context, { project, values: [...own, ...added] }));
  return context;
}

async function prepareOther(
  target: Target,
  other: Target,
  chosen: readonly Scenario[],
): Promise<NonNullable<RunFacts['other']>> {
  const context = await prepare(other, await nodeNames(other), chosen);
  if (target.layout === undefined || other.layout === undefined) throw notOurs('join two clusters');
  return { target: other, cluster: await joinOther({ own: target.layout, other: other.layout, context }) };
}

/** A scenario that passes only at a later try is told as such: something on the way was not as it should be. */
async function runWithRetries(scenario: Scenario, facts: RunFacts, retries: number): Promise<Outcome> {
  const first = await runScenario(scenario, facts);
  let last = first;
  for (let left = retries; left > 0 && last.kind === 'failed'; left--) last = await runScenario(scenario, facts);
  if (first.kind !== 'failed' || last.kind !== 'passed') return last;
  return { ...last, after: first.why };
}

async function nodeNames(target: Target): Promise<readonly string[]> {
  const { code, stdout, stderr } = await target.kubectl(['get', 'nodes', '-o', 'json', '--request-timeout=20s']);
  if (code !== 0) throw new ClusterError('unreachable', `reach the cluster: ${stderr.trim()}`, 'Check E2E_KUBECONFIG');
  return JSON.parse(stdout).items.map((node: { metadata: { name: string } }) => node.metadata.name);
}

function needsOperator(scenario: Scenario): boolean {
  return scenario.needs !== 'cluster';
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
