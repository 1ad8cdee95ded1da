import { waitFor } from '../../e2e/cluster/wait.ts';
import type { OperatorProcess } from '../../e2e/control-plane/control-plane.ts';
import type { Stage } from './stage.ts';

const writing = /verb="(POST|PUT|PATCH|APPLY|DELETE)"/;

/** Requests to the API server that write, by resource, whoever made them. */
export const countWrites = async ({ connection }: Stage): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  const answer = connection.lines({ method: 'GET', path: '/metrics', what: 'read figures of the API server' });
  for await (const line of answer) {
    if (!line.startsWith('apiserver_request_total{') || !writing.test(line) || line.includes('dry_run="All"')) continue;
    const resource = /[{,]resource="([^"]*)"/.exec(line)?.[1] ?? '';
    counts.set(resource, (counts.get(resource) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)));
  }
  return counts;
};

export interface Writes {
  readonly total: number;
  readonly perSecond: number;
  /** The largest first. */
  readonly what: string;
}

/** Writes while `work` goes on. */
export const writesDuring = async (stage: Stage, work: () => Promise<unknown>): Promise<Writes> => {
  const before = await countWrites(stage);
  const startedAt = performance.now();
  await work();
  const after = await countWrites(stage);
  const seconds = (performance.now() - startedAt) / 1_000;
  const made = [...after]
    .map(([resource, count]) => [resource, count - (before.get(resource) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort((a, b) => b[1] - a[1]);
  const total = made.reduce((sum, [, count]) => sum + count, 0);
  return { total, perSecond: total / seconds, what: made.map(([name, count]) => `${count} ${name}`).join(', ') };
};

/** The sum of the operator's series whose line begins so and holds `part`. */
export const sumOf = async (operator: OperatorProcess, prefix: string, part = ''): Promise<number> =>
  [...(await operator.metrics(prefix))].reduce((sum, [line, value]) => (line.includes(part) ? sum + value : sum), 0);

export const replicasIn = (operator: OperatorProcess, state: string): Promise<number> =>
  sumOf(operator, 'syncreplica_replica_state{', `state="${state}"`);

export const waitUntilOnline = async (operator: OperatorProcess, count: number, timeoutMs = 600_000): Promise<void> => {
  await waitFor(`${count} replicas Online`, async () => (await replicasIn(operator, 'Online')) >= count, {
    timeoutMs,
    everyMs: 2_000,
  });
};

/** The share of a histogram's new values that is at most `le`, and the mean of them. */
export const histogramOf = async (operator: OperatorProcess, name: string, le: string, part = '') => {
  const lines = [...(await operator.metrics(name))].filter(([line]) => line.includes(part));
  const total = (prefix: string, bucket = ''): number =>
    lines.reduce((sum, [line, value]) => (line.startsWith(prefix) && line.includes(bucket) ? sum + value : sum), 0);
  return { sum: total(`${name}_sum`), count: total(`${name}_count`), within: total(`${name}_bucket`, `le="${le}"`) };
};

export const percentileOf = (samples: readonly number[], share: number): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
};
