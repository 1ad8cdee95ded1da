import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { lookupAddress } from '../../protocol/connection/lookup-address.ts';

/** A target that has just gone is looked for often, one that is long away once a second. */
const probeEveryMs = (delayMs: number): number => Math.min(1_000, Math.max(100, delayMs / 100));

export type WaitForTarget = (delayMs: number, probe: boolean) => Promise<void>;

/**
 * Waits for the back-off's time, but no longer than until a target that could not be reached accepts connections again:
 * a probe is one TCP handshake. What the last probe found is remembered from wait to wait, as a target may come back
 * between a wait's end and the next one's first probe.
 */
export function createWaitForTarget(target: TargetSettings, signal: AbortSignal): WaitForTarget {
  // Only a change counts: a listener that accepted all along is in trouble of another kind.
  let refused = true;
  return async (delayMs, probe) => {
    const until = performance.now() + delayMs;
    for (;;) {
      const left = until - performance.now();
      if (left <= 0 || signal.aborted) return;
      await sleep(Math.min(left, probe ? probeEveryMs(delayMs) : left), undefined, { signal }).catch(() => {});
      if (!probe || signal.aborted) continue;
      const open = await accepts(target.host, target.port);
      const isBack = open && refused;
      refused = !open;
      if (isBack) return;
    }
  };
}

/** By the connections' own lookup: of several name servers one may have the name that another does not know yet. */
function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, lookup: lookupAddress });
    const end = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
