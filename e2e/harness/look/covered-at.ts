import { ports } from '../../../src/api/names.ts';
import type { Context } from '../scenario.ts';

/** As of when a replica is known to be its source, as its receiver's metrics say; ms since 1970, 0 where it is not known. */
export const coveredAtMs = async (context: Context, namespace: string, pod: string): Promise<number> => {
  const url = `http://127.0.0.1:${ports.receiverMetrics}/metrics`;
  const ask = `fetch('${url}').then((answer) => answer.text()).then(console.log)`;
  const metrics = await context.exec({ namespace, pod, container: 'receiver' }, ['node', '-e', ask]);
  const [, seconds] = /^syncreplica_receiver_covered_timestamp_seconds\{[^}]*\} (\S+)$/m.exec(metrics) ?? [];
  if (seconds === undefined) throw new Error(`ask ${pod} as of when it is its source: its metrics do not say`);
  return Number(seconds) * 1_000;
};
