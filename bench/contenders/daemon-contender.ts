import { mkdirSync } from 'node:fs';
import type { Running, Setup } from '../contender.ts';
import { startSlowNetwork } from '../network/slow-network.ts';
import { startChild } from '../processes/child.ts';
import { startRsyncDaemon } from './rsync-daemon.ts';

/** What a contender that sends to a plain rsync daemon adds to it. */
interface Sender {
  readonly watchers?: readonly number[];
  readonly startedAt: number;
  readonly nudge?: Running['nudge'];
  readonly settled?: Running['settled'];
  readonly stop?: () => Promise<void>;
}

/** Starts the daemon, and then what sends to its `url`. */
export async function startToDaemon(
  { directory, network, prefill, roundTripMs }: Setup,
  start: (url: string) => Promise<Sender>,
): Promise<Running> {
  mkdirSync(directory, { recursive: true });
  const daemon = await startRsyncDaemon(directory, network);
  await prefill?.(daemon.target);
  const slow = roundTripMs === undefined ? undefined : await startSlowNetwork(daemon, roundTripMs);
  const sender = await start(daemon.url(slow));
  const nothing = async (): Promise<void> => {};
  return {
    target: daemon.target,
    watchers: sender.watchers ?? [],
    receivers: daemon.pids(),
    startedAt: sender.startedAt,
    watchingMs: undefined,
    nudge: sender.nudge ?? nothing,
    targetAway: () => daemon.stop(),
    targetBack: () => daemon.start(),
    settled: sender.settled ?? nothing,
    stop: async () => {
      await sender.stop?.();
      await daemon.stop();
      await slow?.stop();
    },
  };
}

/** Starts a program that watches by itself; it has compared what was there once it says `settled`. */
export async function startWatcher(command: string, args: readonly string[], settled: RegExp): Promise<Sender> {
  const startedAt = performance.now();
  const child = startChild(command, args);
  const said = child.said(settled, 300_000);
  said.catch(() => {});
  return {
    watchers: [child.pid],
    startedAt,
    settled: async () => {
      await said;
    },
    stop: () => child.stop(),
  };
}
