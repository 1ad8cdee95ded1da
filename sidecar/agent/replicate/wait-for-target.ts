import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetSettings } from '../../../src/api/replication-settings.ts';

/** A target that has just gone is looked for often, one that is long away once a second. */
const probeEveryMs = (delayMs: number): number => Math.min(1_000, Math.max(100, delayMs / 100));

/**
 * Waits for the back-off's time, but no longer than until a target that could not be reached accepts connections again:
 * a probe is one TCP handshake.
 */
export async function waitForTarget(options: {
  target: TargetSettings;
  delayMs: number;
  probe: boolean;
  signal: AbortSignal;
}): Promise<void> {
  const until = performance.now() + options.delayMs;
  let refused = false;
  for (;;) {
    const left = until - performance.now();
    if (left <= 0 || options.signal.aborted) return;
    await sleep(Math.min(left, options.probe ? probeEveryMs(options.delayMs) : left), undefined, {
      signal: options.signal,
    }).catch(() => {});
    if (!options.probe || options.signal.aborted) continue;
    const open = await accepts(options.target.host, options.target.port);
    // Only a change counts: a listener that accepted all along is in trouble of another kind.
    if (open && refused) return;
    refused ||= !open;
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
