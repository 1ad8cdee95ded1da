import { createAuthority } from '../certificates/authority.ts';
import type { Clock } from '../process/clock.ts';
import { errorCode, errorMessage, Failure } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import { type Authority, judgeAuthorities, type Trust, type TrustTiming, toAuthority } from './authorities.ts';
import type { AuthorityStore } from './authority-secret.ts';

/** What the operator's certificates are issued and checked with, kept up to date. */
export interface TrustKeeper {
  /**
   * Looks once: reads the authorities, makes the first one, or a successor that is due.
   * @throws Failure `AuthoritiesInvalid`, `AuthoritiesContested`, ClusterError
   */
  refresh(): Promise<Trust>;
  /** The last answer of `refresh`; undefined before the first. */
  readonly trust: Trust | undefined;
  /** Called after every change of what is trusted or of who signs. */
  onChange(listen: (trust: Trust) => void): void;
  /** Refreshes every `intervalMs` until the signal aborts; a failure is logged, and what was known stays. */
  run(intervalMs: number, signal: AbortSignal): Promise<void>;
}

export interface TrustKeeperOptions {
  readonly store: AuthorityStore;
  readonly timing: TrustTiming;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Two operators that write at the same time: one of them reads what the other wrote. */
const attempts = 3;

export const createTrustKeeper = ({ store, timing, clock, logger }: TrustKeeperOptions): TrustKeeper => {
  let trust: Trust | undefined;
  const listeners: ((trust: Trust) => void)[] = [];

  const adopt = (next: Trust): Trust => {
    const isSame = trust?.bundle === next.bundle && trust.signer.cert === next.signer.cert;
    trust = next;
    if (!isSame) for (const listen of listeners) listen(next);
    return next;
  };

  const refreshOnce = async (): Promise<Trust> => {
    const stored = await store.read();
    const before = judgeAuthorities(stored?.authorities ?? [], clock.now(), timing);
    if (!before.isNewNeeded && before.trust && before.kept.length === stored?.authorities.length) return before.trust;
    const kept = before.isNewNeeded ? [...before.kept, await makeAuthority(clock.now(), timing)] : before.kept;
    const after = judgeAuthorities(kept, clock.now(), timing).trust as Trust;
    await store.write(kept, after.bundle, stored);
    logger.info({ made: before.isNewNeeded, trusted: kept.length }, 'certificate authorities written');
    return after;
  };

  const refresh = async (): Promise<Trust> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return adopt(await refreshOnce());
      } catch (cause) {
        if (!store.isConflict(cause)) throw cause;
        if (attempt === attempts) {
          throw new Failure('AuthoritiesContested', 'write certificate authorities: others keep changing them', {
            cause,
          });
        }
      }
    }
  };

  return {
    refresh,
    get trust() {
      return trust;
    },
    onChange: (listen) => {
      listeners.push(listen);
    },
    async run(intervalMs, signal) {
      while (await clock.sleep(intervalMs, signal)) {
        try {
          await refresh();
        } catch (error) {
          logger.warn({ code: errorCode(error), reason: errorMessage(error) }, 'certificate authorities not refreshed');
        }
      }
    },
  };
};

/** The name says when, so that two authorities are told apart by whoever reads a certificate. */
const makeAuthority = async (nowMs: number, timing: TrustTiming): Promise<Authority> =>
  toAuthority(
    await createAuthority({
      name: `syncreplica ${new Date(nowMs).toISOString()}`,
      nowMs,
      validForMs: timing.authorityLifeMs,
    }),
  );
