import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorProcess } from '../../e2e/control-plane/control-plane.ts';
import { replicasIn, sumOf, waitUntilOnline, writesDuring } from './api-figures.ts';
import type { Row } from './row.ts';
import type { Stage } from './stage.ts';

const troubleMs = 45_000;
const workMs = 30_000;

/** Changes flow at every volume: positions move all the time. */
export const measureWork = async (stage: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const cpuBefore = await sumOf(operator, 'process_cpu_seconds_total');
  const startedAt = performance.now();
  stage.agents.work(true);
  const writes = await writesDuring(stage, () => sleep(workMs));
  stage.agents.work(false);
  const cpu = (await sumOf(operator, 'process_cpu_seconds_total')) - cpuBefore;
  const seconds = (performance.now() - startedAt) / 1_000;
  await sleep(15_000);
  return [
    {
      figure: 'while changes flow at every volume: writes, processor of the operator',
      bar: '',
      value: `${writes.perSecond.toFixed(0)} a second, ${((cpu / seconds) * 100).toFixed(0)} % of a core`,
    },
  ];
};

/** All agents of a third of the volumes are silent, and hang when they are asked: more than 500 of 1,000 SyncReplicas. */
export const measureSilent = async (stage: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const all = stage.planned.flatMap(({ namespace, name, volumes }) =>
    volumes.map(({ pods, claim }) => ({
      key: `replica_namespace="${namespace}",replica="${name}",volume="${claim}"`,
      pods: pods.map((pod) => `${namespace}/${pod}`),
    })),
  );
  const volumes = all.slice(-Math.floor(all.length / 3));
  const [silent, theirs] = [volumes.flatMap(({ pods }) => pods), volumes.map(({ key }) => key)];
  stage.agents.silence(silent, true);
  const others = new Set<string>();
  let offline = 0;
  const writes = await writesDuring(stage, async () => {
    for (const until = performance.now() + troubleMs; performance.now() < until; await sleep(3_000)) {
      const lines = [...(await operator.metrics('syncreplica_replica_state{'))].map(([line]) => line);
      const now = lines.filter((line) => line.includes('state="Offline"'));
      for (const line of now) if (!theirs.some((key) => line.includes(key))) others.add(line);
      offline = now.length - others.size;
    }
  });
  stage.agents.silence(silent, false);
  const backAt = performance.now();
  await waitUntilOnline(operator, all.length);
  const backSeconds = (performance.now() - backAt) / 1_000;
  await sleep(15_000);
  return [
    {
      figure: `${silent.length} agents are silent and hang: others that become Offline in ${troubleMs / 1_000} s`,
      bar: '0',
      value: `${others.size} (of theirs ${offline} of ${volumes.length}, ${writes.total} writes; ${backSeconds.toFixed(0)} s until all are Online again)`,
    },
  ];
};

/** Nobody answers any more: it is the operator that is cut off. */
export const measureAllSilent = async (stage: Stage, operator: OperatorProcess): Promise<Row[]> => {
  const { volumes } = stage;
  stage.sidecars.cut(true);
  const writes = await writesDuring(stage, () => sleep(troubleMs));
  const offline = await replicasIn(operator, 'Offline');
  stage.sidecars.cut(false);
  const backAt = performance.now();
  await waitUntilOnline(operator, volumes);
  const backSeconds = (performance.now() - backAt) / 1_000;
  await sleep(15_000);
  return [
    {
      figure: `all are silent at once for ${troubleMs / 1_000} s`,
      bar: '',
      value: `${offline} of ${volumes} said to be Offline, ${writes.total} writes; ${backSeconds.toFixed(0)} s until all are Online again`,
    },
  ];
};

/** The leader goes in order and another takes over, until it has looked at everything. */
export const measureLeaderChange = async (stage: Stage, first: OperatorProcess): Promise<Row[]> => {
  const second = await stage.startOperator('operator-b', false);
  await stage.plane.until('the second operator to be ready', () => second.isReady());
  let seconds = 0;
  const writes = await writesDuring(stage, async () => {
    const startedAt = performance.now();
    first.kill('SIGTERM');
    await first.exited;
    await waitUntilOnline(second, stage.volumes, 120_000);
    seconds = (performance.now() - startedAt) / 1_000;
    await sleep(20_000);
  });
  return [
    {
      figure: 'another leads, until 20 s after it has seen every replica Online: writes in all',
      bar: '< 50',
      value: `${writes.total} (${writes.what}), ${seconds.toFixed(0)} s until then`,
    },
  ];
};
