import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OperatorProcess } from '../../e2e/control-plane/control-plane.ts';
import { describeMachine } from '../measure/machine.ts';
import { replicasIn, waitUntilOnline, writesDuring } from './api-figures.ts';
import {
  measureEdits,
  measureMemory,
  measureRest,
  measureScrape,
  measureWebhook,
  readMemory,
} from './quiet-figures.ts';
import type { Row } from './row.ts';
import { openWebhook, populate, type Sizes, type Stage, startStage } from './stage.ts';
import { measureAllSilent, measureLeaderChange, measureSilent, measureWork } from './trouble-figures.ts';

type Measure = (stage: Stage, operator: OperatorProcess) => Promise<Row[]>;

/** In this order: the last takes the leader away. */
const measures: Readonly<Record<string, Measure>> = {
  rest: measureRest,
  scrape: measureScrape,
  edits: measureEdits,
  webhook: measureWebhook,
  work: measureWork,
  silent: measureSilent,
  'all-silent': measureAllSilent,
  memory: measureMemory,
  leader: measureLeaderChange,
};
export const measureNames = Object.keys(measures);

/**
 * What is measured of an operator in a big cluster, as a Markdown table.
 * @param only names of `measureNames`; none for all
 */
export const measureControlPlane = async (sizes: Sizes, only: readonly string[]): Promise<string> => {
  const machine = describeMachine(tmpdir());
  const rows: Row[] = [];
  const add = (...more: Row[]): void => {
    rows.push(...more);
    for (const { figure, bar, value } of more) console.log(`${figure}: ${value}${bar && ` (${bar})`}`);
  };
  const stage = await startStage(sizes);
  try {
    const operator = await start(stage, add);
    await unlessItEnds(stage, operator, () => fill(stage, operator, add));
    const chosen = Object.entries(measures).filter(([name]) => only.length === 0 || only.includes(name));
    for (const [name, measure] of chosen) {
      const work = async (): Promise<void> => add(...(await measure(stage, operator)));
      if (name === 'leader') await work();
      else await unlessItEnds(stage, operator, work);
    }
    const title = `${sizes.replicas} SyncReplicas, ${stage.volumes} volumes, ${stage.pods} pods of theirs and their receivers and ${sizes.strangers} of others`;
    return makeTable(title, rows, machine);
  } finally {
    await stage.end();
  }
};

const start = async (stage: Stage, add: (row: Row) => void): Promise<OperatorProcess> => {
  const startedAt = performance.now();
  const operator = await stage.startOperator('operator-a', true);
  await openWebhook(stage, operator.webhookPort);
  await stage.plane.until('the operator to be ready', async () => {
    if (!operator.isRunning()) throw new Error(`the operator ended: ${operator.log().slice(-2_000)}`);
    return operator.isReady();
  });
  add({
    figure: 'from its start until it is ready, among the pods of others',
    bar: '',
    value: `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
  });
  return operator;
};

const progressEveryMs = 15_000;

/** Says how far it is, and at once why there is nothing more to wait for. */
const unlessItEnds = async (stage: Stage, operator: OperatorProcess, work: () => Promise<void>): Promise<void> => {
  const progress = setInterval(() => {
    if (!operator.isRunning()) return;
    const memory = readMemory(operator.pid);
    replicasIn(operator, 'Online').then(
      (online) => console.log(`… ${online} of ${stage.volumes} replicas Online, ${memory.anonymous} MiB of its own`),
      (error: Error) => console.log(`… the operator does not answer: ${error.message}`),
    );
  }, progressEveryMs);
  const ended = operator.exited.then((code) => {
    const killed = stage.limit?.kills() ?? 0;
    throw new Error(
      `the operator ended with ${code}, killed for its memory ${killed} times: ${operator.log().slice(-1_000)}`,
    );
  });
  try {
    await Promise.race([work(), ended]);
  } catch (error) {
    // What failed for want of it says less than its own last words.
    if (!operator.isRunning()) await ended;
    throw error;
  } finally {
    clearInterval(progress);
    ended.catch(() => {});
  }
};

const fill = async (stage: Stage, operator: OperatorProcess, add: (row: Row) => void): Promise<void> => {
  const startedAt = performance.now();
  const writes = await writesDuring(stage, async () => {
    await populate(stage);
    await waitUntilOnline(operator, stage.volumes);
  });
  add({
    figure: 'all SyncReplicas and pods made, until every replica is Online',
    bar: '',
    value: `${((performance.now() - startedAt) / 1_000).toFixed(0)} s (${writes.total} writes by all)`,
  });
  const offline = await replicasIn(operator, 'Offline');
  if (offline > 0) throw new Error(`${offline} replicas are Offline`);
  // What is told every few seconds comes to rest.
  await sleep(15_000);
};

const makeTable = (title: string, rows: readonly Row[], machine: readonly string[]): string =>
  [
    `${title}:`,
    '',
    '| figure | bar | measured |',
    '|---|---|---|',
    ...rows.map(({ figure, bar, value }) => `| ${figure} | ${bar} | ${value} |`),
    '',
    ...machine.slice(0, 2).map((line) => `- ${line}`),
  ].join('\n');
