import { join } from 'node:path';
import { ClusterError, describeFailure } from '../cluster/failure.ts';
import { type Progress, seconds } from '../cluster/progress.ts';
import { collectEvidence } from './collect.ts';
import { type ContextHandle, makeContext, scenarioLabel } from './context.ts';
import type { OtherCluster, Scenario } from './scenario.ts';
import type { Target } from './target.ts';

/** How a scenario went. */
export type Outcome =
  | {
      readonly kind: 'passed';
      readonly name: string;
      readonly ms: number;
      /** Why an earlier try failed, if one did. */
      readonly after?: string;
    }
  | { readonly kind: 'left-out'; readonly name: string; readonly why: string }
  | {
      readonly kind: 'failed';
      readonly name: string;
      readonly ms: number;
      readonly why: string;
      readonly folder: string;
    };

/** What a scenario runs on, and what is kept of a failure: `namespaces` are looked into beside its own. */
export interface RunFacts {
  readonly target: Target;
  readonly nodes: readonly string[];
  readonly progress: Progress;
  readonly output: string;
  readonly keep: boolean;
  readonly namespaces: readonly string[];
  /** A second cluster, for scenarios that need one. */
  readonly other?: { readonly target: Target; readonly cluster: OtherCluster } | undefined;
}

/** Runs one scenario; a failure becomes evidence in a folder. Afterwards its namespaces are gone and every fault is healed. */
export async function runScenario(scenario: Scenario, facts: RunFacts): Promise<Outcome> {
  const why = reasonToLeaveOut(scenario, facts);
  if (why !== undefined) return { kind: 'left-out', name: scenario.name, why };
  const { target, progress, nodes } = facts;
  const handle = makeContext(scenario.name, target, nodes, progress, facts.other?.cluster);
  const start = Date.now();
  const outcome = await attempt(scenario, handle, facts, start);
  const kept = facts.keep && outcome.kind === 'failed';
  try {
    if (target.faults !== undefined) await target.faults.healAll();
    if (scenario.needsOther === true) await facts.other?.cluster.mend();
    if (!kept && handle.namespaces.length > 0) {
      const names = [...handle.namespaces];
      await handle.context.kubectl(['delete', 'namespace', ...names, '--ignore-not-found', '--timeout=180s']);
    }
    if (!kept) await handle.stopCsi();
    return outcome;
  } catch (error) {
    if (outcome.kind === 'failed') return outcome;
    return fail(scenario, handle, facts, start, error, 'clean up after it: ');
  }
}

/** The end of a run for a person: one line a scenario. */
export function summarize(outcomes: readonly Outcome[]): string {
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
  const total = `${count('passed')} passed, ${count('failed')} failed, ${count('left-out')} left out`;
  return [...outcomes.map(describe), total].join('\n');
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'passed':
      return `✓ ${outcome.name} (${seconds(outcome.ms)})${outcome.after === undefined ? '' : `, after a failure: ${outcome.after}`}`;
    case 'left-out':
      return `- ${outcome.name}: left out, ${outcome.why}`;
    case 'failed':
      return `✗ ${outcome.name} (${seconds(outcome.ms)}): ${outcome.why}\n  evidence in ${outcome.folder}`;
  }
}

function reasonToLeaveOut(scenario: Scenario, facts: RunFacts): string | undefined {
  if (scenario.needsFaults === true && facts.target.faults === undefined)
    return 'it needs faults, and this cluster is not ours';
  if (scenario.needsOther === true && facts.other === undefined)
    return 'it needs a second cluster, and this one is not ours';
  const needed = scenario.nodes ?? 1;
  return facts.nodes.length < needed ? `it needs ${needed} nodes, there are ${facts.nodes.length}` : undefined;
}

async function attempt(scenario: Scenario, handle: ContextHandle, facts: RunFacts, start: number): Promise<Outcome> {
  try {
    await facts.progress.step(`scenario ${scenario.name}`, () => scenario.run(handle.context));
    return { kind: 'passed', name: scenario.name, ms: Date.now() - start };
  } catch (error) {
    return fail(scenario, handle, facts, start, error, '');
  }
}

async function fail(
  scenario: Scenario,
  handle: ContextHandle,
  facts: RunFacts,
  start: number,
  error: unknown,
  during: string,
): Promise<Outcome> {
  const ms = Date.now() - start;
  const folder = join(facts.output, scenario.name);
  const isOurs = error instanceof ClusterError || !(error instanceof Error);
  const why = `${during}${isOurs ? describeFailure(error) : error.message}`;
  const stack = error instanceof Error ? error.stack : '';
  // The apiserver may be what the scenario has stopped: without it there is nothing to collect.
  await facts.target.faults?.startApiserver().catch(() => {});
  const { other } = facts;
  const labelled = scenario.needsOther === true ? await labelledNamespaces(facts.target) : [];
  const namespaces = [...handle.namespaces, ...labelled, ...facts.namespaces];
  await collectEvidence(facts.target, namespaces, folder, `${why}\n\n${stack}`);
  if (scenario.needsOther === true && other !== undefined) {
    const there = [...(await labelledNamespaces(other.target)), ...facts.namespaces];
    await collectEvidence(other.target, there, join(folder, 'other-cluster'), why);
  }
  return { kind: 'failed', name: scenario.name, ms, why, folder };
}

/** What scenarios made by names of their own. */
async function labelledNamespaces(target: Target): Promise<readonly string[]> {
  const { code, stdout } = await target.kubectl(['get', 'namespaces', '--selector', scenarioLabel, '-o', 'name']);
  return code === 0 ? stdout.split('\n').flatMap((line) => line.split('/')[1] ?? []) : [];
}
