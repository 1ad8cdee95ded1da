import type { KeyPair } from '../certificates/authority.ts';
import type { Clock } from '../process/clock.ts';
import { errorCode, errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import type { Trust } from './authorities.ts';
import type { CertificateSource } from './certificate-source.ts';
import { keepLeaf, type LeafRequest } from './leaf.ts';

export interface LeafKeeper extends CertificateSource {
  /** Replaces the certificate if it is due, or if its authority is no longer trusted. */
  refresh(trust: Trust): Promise<KeyPair>;
  /** Refreshes every `intervalMs` with what `trust` gives then, until the signal aborts. */
  run(trust: () => Trust | undefined, intervalMs: number, signal: AbortSignal): Promise<void>;
}

/**
 * One certificate of this process, its key never written anywhere: each operator makes its own, and a new one at every
 * start.
 */
export const createLeafKeeper = (options: {
  readonly request: LeafRequest;
  readonly leafLifeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}): LeafKeeper => {
  const { request, leafLifeMs, clock, logger } = options;
  let current: KeyPair | undefined;
  const listeners: ((pair: KeyPair) => void)[] = [];

  const refresh = async (trust: Trust): Promise<KeyPair> => {
    const { cert, key, verdict } = await keepLeaf(current, request, trust, { nowMs: clock.now(), leafLifeMs });
    if (verdict === 'keep' && current) return current;
    const pair = { cert, key };
    current = pair;
    logger.info({ why: verdict, use: request.kind }, 'certificate issued');
    for (const listen of listeners) listen(pair);
    return pair;
  };

  return {
    get current() {
      return current;
    },
    onChange: (listen) => {
      listeners.push(listen);
    },
    refresh,
    async run(trust, intervalMs, signal) {
      while (await clock.sleep(intervalMs, signal)) {
        const known = trust();
        if (!known) continue;
        try {
          await refresh(known);
        } catch (error) {
          logger.warn({ code: errorCode(error), reason: errorMessage(error) }, 'certificate not renewed');
        }
      }
    },
  };
};
