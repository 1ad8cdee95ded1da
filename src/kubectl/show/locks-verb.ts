import { setTimeout as sleep } from 'node:timers/promises';
import { type LockTable, locksMessage } from '../../api/lock-table.ts';
import { annotations, containers } from '../../api/names.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import { Failure } from '../../process/failure.ts';
import { renderLocks } from '../../terminal/render-locks.ts';
import { annotate } from '../annotate.ts';
import { formOf, printValue } from '../answer.ts';
import { type Cluster, withCluster } from '../open-cluster.ts';
import { nameOf, type RunVerb } from '../verb.ts';
import { findLogSources, type LogSource, readLog } from './logs-verb.ts';

/** The operator hands it over within a second or two. */
const patienceMs = 20_000;
const lookEveryMs = 500;
const sinceSeconds = 60;

/** The answer in a line of an agent's log; undefined where it is about something else, or answers somebody else. */
export const readLocks = (line: string, request: string): readonly LockTable[] | undefined => {
  if (!line.includes(`"${locksMessage}"`)) return undefined;
  try {
    const said = JSON.parse(line) as { message?: unknown; request?: unknown; locks?: readonly LockTable[] };
    return said.message === locksMessage && said.request === request ? said.locks : undefined;
  } catch {
    // Not everything that ends up in a log is ours.
    return undefined;
  }
};

const findAnswer = async (cluster: Cluster, source: LogSource, request: string) => {
  try {
    for await (const line of readLog(cluster, source, { sinceSeconds })) {
      const found = readLocks(line, request);
      if (found !== undefined) return found;
    }
  } catch (error) {
    // Of a container that has not started.
    if (!(error instanceof Failure) || isClusterError(error, 'forbidden')) throw error;
  }
  return undefined;
};

/** Has every agent write its locks to its log, which only those may read who may read logs, and shows them. */
export const runLocks: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const form = formOf(call.options.output, ['table', 'json', 'yaml'], 'locks');
    const request = new Date().toISOString();
    await annotate(cluster, name, { [annotations.locksRequestedAt]: request });
    const agents = (await findLogSources(cluster, name)).filter(({ container }) => container !== containers.receiver);
    const answers = new Map<string, readonly LockTable[]>();
    const until = performance.now() + patienceMs;
    while (answers.size < agents.length && performance.now() < until) {
      await sleep(lookEveryMs);
      for (const source of agents) {
        if (answers.has(source.pod)) continue;
        const found = await findAnswer(cluster, source, request);
        if (found !== undefined) answers.set(source.pod, found);
      }
    }
    if (form !== 'table') printValue(form, Object.fromEntries(answers));
    else for (const [pod, tables] of answers) console.log(`${pod}\n${renderLocks(tables)}`);
    const silent = agents.filter(({ pod }) => !answers.has(pod)).map(({ pod }) => pod);
    if (agents.length === 0) console.log(`${name} has no agent`);
    if (silent.length > 0)
      throw new Failure('NoAnswer', `show locks of ${name}: no answer from ${silent.join(', ')}`, {
        hint: 'look whether the agent runs and is of this version: kubectl syncreplica status',
      });
  });
