import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Running, Setup } from '../contender.ts';
import { startSlowNetwork } from '../network/slow-network.ts';
import { startChild } from '../processes/child.ts';
import { type RsyncDaemon, startRsyncDaemon } from './rsync-daemon.ts';

/** What a contender that sends to a plain rsync daemon adds to it. */
interface Sender {
  readonly watchers?: readonly number[];
  readonly startedAt: number;
  readonly nudge?: Running['nudge'];
  readonly settled?: Running['settled'];
  readonly stop?: () => Promise<void>;
}

/** Starts a daemon for each target, and then what sends to their `urls`. */
export async function startToDaemon(
  { directory, network, prefill, roundTripMs, targets = 1 }: Setup,
  start: (urls: readonly string[]) => Promise<Sender>,
): Promise<Running> {
  mkdirSync(directory, { recursive: true });
  const daemon = await startRsyncDaemon(directory, network);
  await prefill?.(daemon.target);
  const others: RsyncDaemon[] = [];
  for (let n = 2; n <= targets; n += 1) others.push(await startRsyncDaemon(join(directory, `${n}`), network));
  const slow = roundTripMs === undefined ? undefined : await startSlowNetwork(daemon, roundTripMs);
  const sender = await start([daemon.url(slow), ...others.map((other) => other.url())]);
  const nothing = async (): Promise<void> => {};
  return {
    target: daemon.target,
    targets: [daemon, ...others].map(({ target }) => target),
    watchers: sender.watchers ?? [],
    receivers: [daemon, ...others].flatMap((one) => one.pids()),
    startedAt: sender.startedAt,
    watchingMs: undefined,
    nudge: sender.nudge ?? nothing,
    targetAway: () => daemon.stop(),
    targetBack: () => daemon.start(),
    settled: sender.settled ?? nothing,
    stop: async () => {
      await sender.stop?.();
      for (const one of [daemon, ...others]) await one.stop();
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
