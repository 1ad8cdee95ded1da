import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorProcess } from '../../e2e/control-plane/control-plane.ts';
import { agentSecretName } from '../../src/api/names.ts';
import { pods, syncReplicas } from '../../src/cluster/resources.ts';
import { histogramOf, percentileOf, sumOf, writesDuring } from './api-figures.ts';
import { inParallel } from './in-parallel.ts';
import { crowdedNamespace, sourcePod } from './population.ts';
import type { Row } from './row.ts';
import type { Stage } from './stage.ts';

const restMs = 30_000;
const scrapes = 5;
const edits = 100;
const editEveryMs = 100;
const editLimitMs = 180_000;
const reviews = 300;

/** What it costs when nothing happens at all. */
export const measureRest = async (stage: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const cpuBefore = await sumOf(operator, 'process_cpu_seconds_total');
  const looksBefore = await sumOf(operator, 'syncreplica_reconcile_total');
  const startedAt = performance.now();
  const writes = await writesDuring(stage, () => sleep(restMs));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = (await sumOf(operator, 'process_cpu_seconds_total')) - cpuBefore;
  const looks = (await sumOf(operator, 'syncreplica_reconcile_total')) - looksBefore;
  return [
    {
      figure: 'writes at the API server while nothing changes, the lease’s included',
      bar: '< 5 a second',
      value: `${writes.perSecond.toFixed(1)} a second (${writes.what})`,
    },
    {
      figure: 'processor of the operator meanwhile, looks at SyncReplicas',
      bar: '',
      value: `${((cpu / seconds) * 100).toFixed(0)} % of a core, ${(looks / seconds).toFixed(1)} a second`,
    },
  ];
};

export const measureScrape = async (_: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < scrapes; round++) {
    const startedAt = performance.now();
    bytes = (await (await fetch(`http://127.0.0.1:${operator.metricsPort}/metrics`)).arrayBuffer()).byteLength;
    times.push(performance.now() - startedAt);
  }
  return [
    {
      figure: 'a scrape of the operator, the slowest of 5',
      bar: '< 200 ms',
      value: `${Math.max(...times).toFixed(0)} ms, ${(bytes / 1_048_576).toFixed(1)} MiB`,
    },
  ];
};

/**
 * From an edit of a SyncReplica until its agents' Secrets say so: the whole way through watch, queue, plan and apply. What the operator has
 * of it, by its own figures, and how late those were who play agents and receivers on the same processors.
 */
export const measureEdits = async ({ client, planned, agents }: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const samples: number[] = [];
  const chosen = planned.filter((_, index) => index % Math.ceil(planned.length / edits) === 0);
  const before = await readOwn(operator);
  const players = monitorEventLoopDelay({ resolution: 5 });
  players.enable();
  const startedAt = performance.now();
  const edited = chosen.map(async ({ namespace, name, volumes }, index) => {
    await sleep(index * editEveryMs);
    const secrets = volumes.map(({ claim }) => `${namespace}/${agentSecretName(name, claim)}`);
    const told = secrets.map((secret) => agents.whenTold(secret, agents.generationIn(secret)));
    const editedAt = performance.now();
    await client.patch(syncReplicas, { namespace, name }, { spec: { maxLag: '45s' } });
    samples.push(Math.max(...(await Promise.all(told))) - editedAt);
  });
  const tooLong = new AbortController();
  const never = sleep(editLimitMs, undefined, { signal: tooLong.signal }).then(() => {
    throw new Error(`the settings of ${chosen.length - samples.length} edits did not come`);
  });
  await Promise.race([Promise.all(edited), never]);
  tooLong.abort();
  never.catch(() => {});
  const seconds = (performance.now() - startedAt) / 1_000;
  players.disable();
  const after = await readOwn(operator);
  const used = after.cpu - before.cpu;
  const late = (at: 'waits' | 'looks'): string =>
    `${after[at].count - after[at].within - before[at].count + before[at].within} of ${after[at].count - before[at].count}`;
  return [
    {
      figure: `from an edit until every agent’s Secret says so, ${chosen.length} edits, ten a second: p50, p99`,
      bar: 'p99 < 1 s',
      value: `${percentileOf(samples, 0.5).toFixed(0)} ms, ${percentileOf(samples, 0.99).toFixed(0)} ms`,
    },
    {
      figure: 'of it the operator’s own: waits in its queue and looks of more than 0.5 s; its processor meanwhile',
      bar: '',
      value: `${late('waits')}, ${late('looks')}; ${((used / seconds) * 100).toFixed(0)} % of a core`,
    },
    {
      figure: 'how late those were meanwhile who play agents, receivers and nodes: p99, most',
      bar: '',
      value: `${(players.percentile(99) / 1e6).toFixed(0)} ms, ${(players.max / 1e6).toFixed(0)} ms`,
    },
  ];
};

const readOwn = async (operator: OperatorProcess) => ({
  cpu: await sumOf(operator, 'process_cpu_seconds_total'),
  waits: await histogramOf(operator, 'workqueue_queue_duration_seconds', '0.5', 'name="syncreplica"'),
  looks: await histogramOf(operator, 'syncreplica_reconcile_duration_seconds', '0.5'),
});

/** Pods are made and not kept, in the namespace that a fifth of all SyncReplicas share. */
export const measureWebhook = async ({ client, planned }: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const own = 'syncreplica_webhook_duration_seconds';
  const lookups = 'syncreplica_webhook_lookup_duration_seconds';
  const crowd = planned.filter(({ namespace }) => namespace === crowdedNamespace);
  const before = [await histogramOf(operator, own, '0.02'), await histogramOf(operator, lookups, '0.02')] as const;
  const times: number[] = [];
  await inParallel(
    Array.from({ length: reviews }, (_, at) => at),
    4,
    async (at) => {
      const replica = crowd[at % crowd.length] as (typeof crowd)[number];
      const startedAt = performance.now();
      const pod = sourcePod(replica, `review-${at}`, replica.volumes[0]?.claim ?? '');
      const made = await client.create(pods, pod as never, { dryRun: true });
      if (!made.spec?.initContainers?.length) throw new Error(`pod review-${at} got no agent`);
      times.push(performance.now() - startedAt);
    },
  );
  const after = [await histogramOf(operator, own, '0.02'), await histogramOf(operator, lookups, '0.02')] as const;
  const count = after[0].count - before[0].count;
  const slow = count - (after[0].within - before[0].within);
  const mean = (at: 0 | 1): string =>
    (((after[at].sum - before[at].sum) / (after[at].count - before[at].count)) * 1_000).toFixed(1);
  return [
    {
      figure: `the webhook’s own time, ${count} reviews, ${crowd.length} SyncReplicas in the namespace`,
      bar: 'p99 < 20 ms',
      value: `mean ${mean(0)} ms, ${slow} took more than 20 ms (${((slow / count) * 100).toFixed(1)} %)`,
    },
    {
      figure: 'its question to the API server meanwhile, and the pod’s whole creation',
      bar: '',
      value: `mean ${mean(1)} ms; p50 ${percentileOf(times, 0.5).toFixed(0)} ms, p99 ${percentileOf(times, 0.99).toFixed(0)} ms`,
    },
  ];
};

/** MiB; what is not a process's own is its program, which the kernel reads again when it was let go. */
export const readMemory = (pid: number): { highest: number; resident: number; anonymous: number } => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebi = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024);
  return { highest: mebi('VmHWM'), resident: mebi('VmRSS'), anonymous: mebi('RssAnon') };
};

export const measureMemory = async ({ limit, sizes }: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const { highest, resident, anonymous } = readMemory(operator.pid);
  const ends = limit ? `of ${sizes.memoryMiB}; ended for it ${limit.kills()} times` : 'without a limit here';
  return [
    {
      figure: 'the operator’s resident memory at its highest and now, in a cgroup with its limit',
      bar: '≤ 256 MiB',
      value: `${highest} MiB, ${resident} MiB (${anonymous} its own, the rest its program), ${ends}`,
    },
  ];
};
