import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../../e2e/cluster/started-program.ts';
import type { AgentStatus } from '../../sidecar/protocol/agent-status.ts';
import { cpuSecondsOf } from '../measure/process-usage.ts';
import { freePort } from '../network/free-port.ts';
import { makeCopiedTree } from '../processes/copied-tree.ts';
import { makeMemoryLimit } from '../processes/memory-limit.ts';

const program = fileURLToPath(new URL('../../dist/syncreplica.js', import.meta.url));
const host = '127.0.0.1';
const patienceMs = 3_600_000;
const lookEveryMs = 250;
const mebi = 1_048_576;

/** A source and a receiver that agents come to, one after the other. */
export interface Place {
  readonly home: string;
  readonly source: string;
  readonly target: string;
  readonly receiver: { readonly pid: number; readonly port: number };
  stop(): Promise<void>;
}

/** `fill` makes the source; the target is its copy. */
export const startPlace = async (home: string, fill: (source: string) => void): Promise<Place> => {
  const { source, replica, target, certs } = makeCopiedTree(home, fill);
  execFileSync(process.execPath, [program, 'certs', '--out', certs, '--host', host], { stdio: 'ignore' });
  const port = await freePort();
  const receiver = startProgram(
    process.execPath,
    [
      ...[program, 'receiver', '--dir', replica, '--certs', join(certs, 'receiver')],
      ...['--listen', `${host}:${port}`, '--metrics', 'off'],
    ],
    { ownGroup: true },
  );
  await receiver.untilSays(/receiver ready/);
  return {
    home,
    source,
    target,
    receiver: { pid: receiver.pid, port },
    stop: async () => void (await receiver.stop()),
  };
};

export interface LimitedAgent {
  /** Resolves when nothing is pending and it says that it is in sync. */
  untilInSync(): Promise<{ readonly watchingMs: number }>;
  /** What was most until now counts no more. */
  forgetPeaks(): void;
  figures(): {
    readonly residentMiB: number;
    readonly groupMiB: number | undefined;
    readonly kills: number;
    /** Agent and receiver, both with what they started. */
    readonly processorSeconds: readonly [agent: number, receiver: number];
  };
  stop(): Promise<void>;
}

/** An agent whose memory, with that of its rsyncs, is limited as a container's. */
export const startLimitedAgent = async ({ home, source, receiver }: Place, limitMiB: number): Promise<LimitedAgent> => {
  const limit = makeMemoryLimit('syncreplica-million', limitMiB);
  const metrics = await freePort();
  // In a tmpfs it would count as the agent's memory.
  const state = mkdtempSync(join(tmpdir(), 'syncreplica-state-'));
  const startedAt = performance.now();
  const joinGroup = limit === undefined ? '' : `echo $$ > '${limit.joins}';`;
  const agent = startProgram(
    'sh',
    [
      ...['-c', `${joinGroup} exec "$@"`, 'sh', process.execPath, program, 'agent'],
      ...['--source', source, '--target', `srep://${host}:${receiver.port}/data`, '--certs', join(home, 'certs/agent')],
      ...['--metrics', `${host}:${metrics}`, '--state-dir', state],
    ],
    { ownGroup: true },
  );
  const receiverBefore = cpuSecondsOf([receiver.pid]);
  let agentBefore = 0;
  let receiverSince = receiverBefore;
  return {
    async untilInSync() {
      await agent.untilSays(/agent is ready/);
      const watchingMs = performance.now() - startedAt;
      for (const until = performance.now() + patienceMs; performance.now() < until; await sleep(lookEveryMs)) {
        const answer = await fetch(`http://${host}:${metrics}/v1/status`).catch(() => undefined);
        if (!agent.isRunning()) throw new Error(`wait until in sync: the agent ended\n${agent.said().slice(-2_000)}`);
        const [replica] = ((await answer?.json()) as AgentStatus | undefined)?.replicas ?? [];
        if (replica?.heldDeletes) throw new Error('wait until in sync: deletions are held');
        if (replica?.initialPassDone && replica.pending === 0 && replica.inSync) return { watchingMs };
      }
      throw new Error(`wait until in sync: not within ${patienceMs / 1_000} s`);
    },
    forgetPeaks() {
      writeFileSync(`/proc/${agent.pid}/clear_refs`, '5');
      limit?.forgetPeak();
      agentBefore = cpuSecondsOf([agent.pid]);
      receiverSince = cpuSecondsOf([receiver.pid]);
    },
    figures: () => ({
      residentMiB: Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, 'utf8'))?.[1]) / 1_024,
      groupMiB: limit === undefined ? undefined : limit.peakBytes() / mebi,
      kills: limit?.kills() ?? 0,
      processorSeconds: [cpuSecondsOf([agent.pid]) - agentBefore, cpuSecondsOf([receiver.pid]) - receiverSince],
    }),
    async stop() {
      await agent.stop();
      await limit?.remove();
      rmSync(state, { recursive: true, force: true });
    },
  };
};
