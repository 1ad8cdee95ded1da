import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../../e2e/cluster/started-program.ts';
import type { AgentStatus, ReplicaStatus } from '../../sidecar/protocol/agent-status.ts';
import { cpuSecondsOf, ownBytesOf, residentBytesOf } from '../measure/process-usage.ts';
import { freePort } from '../network/free-port.ts';
import { makeCopiedTree } from '../processes/copied-tree.ts';
import { startCountedWay } from './counted-way.ts';

const program = fileURLToPath(new URL('../../bin/syncreplica.mjs', import.meta.url));
/** As its first line says; whoever starts it by its name gets it. */
const command = [process.execPath, '--max-semi-space-size=1', program] as const;
const host = '127.0.0.1';
const patienceMs = 3_600_000;

export interface Usage {
  readonly processorSeconds: number;
  readonly residentBytes: number;
  readonly ownBytes: number;
}

/** An agent and a receiver as two processes by the command line, in sync over a tree that both had. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  usage(): { readonly agent: Usage; readonly receiver: Usage };
  replica(): Promise<ReplicaStatus>;
  /** Waits until the replica's status is so. */
  until(isSo: (replica: ReplicaStatus) => boolean): Promise<ReplicaStatus>;
  /** With `countsBytes`: what went through the receiver's port since the agent's start, both ways. */
  crossedBytes(): number;
  /** A command of the program for the agent, or with `--target` and `--certs` for the receiver. */
  run(args: readonly string[]): string;
  /** What those need. */
  readonly receiverFlags: readonly string[];
  stop(): Promise<void>;
}

export interface PairOptions {
  readonly home: string;
  readonly fill: (source: string) => void;
  /** What happens at the source after it was copied. */
  readonly meanwhile?: (source: string) => void;
  readonly countsBytes?: boolean;
  readonly receiver?: readonly string[];
  readonly agent?: readonly string[];
}

export const startPair = async (options: PairOptions): Promise<Pair> => {
  const { home, fill, meanwhile, countsBytes = false, receiver: more = [], agent: flags = [] } = options;
  const { source, replica, target, certs } = makeCopiedTree(home, fill);
  meanwhile?.(source);
  const [node, ...start] = command;
  const env = { XDG_RUNTIME_DIR: home };
  execFileSync(node, [...start, 'certs', '--out', certs, '--host', host], { stdio: 'ignore' });
  const [port, metrics] = [await freePort(), await freePort()];
  const receiver = startProgram(
    node,
    [
      ...[...start, 'receiver', '--dir', replica, '--certs', join(certs, 'receiver')],
      ...['--listen', `${host}:${port}`, '--metrics', 'off', ...more],
    ],
    { ownGroup: true, env },
  );
  await receiver.untilSays(/receiver ready/);
  const way = countsBytes ? await startCountedWay(port) : undefined;
  const url = `srep://${host}:${way?.port ?? port}/data`;
  const agent = startProgram(
    node,
    [
      ...[...start, 'agent', '--source', source, '--target', url, '--certs', join(certs, 'agent')],
      ...['--metrics', `${host}:${metrics}`, '--state-dir', join(home, 'state'), ...flags],
    ],
    { ownGroup: true, env },
  );
  const usageOf = ({ pid }: { readonly pid: number }): Usage => ({
    processorSeconds: cpuSecondsOf([pid]),
    residentBytes: residentBytesOf(pid),
    ownBytes: ownBytesOf(pid),
  });
  const pair: Pair = {
    source,
    target,
    receiverFlags: ['--target', url, '--certs', join(certs, 'agent')],
    crossedBytes: () => way?.bytes() ?? 0,
    usage: () => ({ agent: usageOf(agent), receiver: usageOf(receiver) }),
    async replica() {
      const answer = await fetch(`http://${host}:${metrics}/v1/status`);
      return ((await answer.json()) as AgentStatus).replicas[0] as ReplicaStatus;
    },
    async until(isSo) {
      for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(50)) {
        const replica = await pair.replica();
        if (isSo(replica)) return replica;
        if (!agent.isRunning()) throw new Error(`wait for the replica: the agent ended\n${agent.said().slice(-2_000)}`);
      }
      throw new Error(`wait for the replica: not within ${patienceMs / 1_000} s`);
    },
    run: (args) => execFileSync(node, [...start, ...args], { encoding: 'utf8', env: { ...process.env, ...env } }),
    async stop() {
      await agent.stop();
      await receiver.stop();
      way?.stop();
    },
  };
  await agent.untilSays(/agent is ready/);
  await pair.until(({ initialPassDone, pending, inSync }) => initialPassDone && pending === 0 && inSync);
  return pair;
};
