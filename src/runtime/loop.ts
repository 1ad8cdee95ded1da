import type { Clock } from '../process/clock.ts';
import { errorCode } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import type { Queue } from './queue.ts';

/** Waiting is a result: `requeueAfterMs` asks for another look. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number;
}

export type ReconcileOutcome = 'success' | 'requeue' | 'conflict' | 'error' | 'terminal';

/** What only the user can change: it is a condition in the status already, and trying again would change nothing. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

export interface LoopOptions {
  readonly queue: Queue;
  readonly workers: number;
  readonly clock: Clock;
  readonly logger: Logger;
  reconcile(key: string): Promise<ReconcileResult>;
  /** True for a write that lost a race: tried again after back-off, and not logged as an error. */
  isConflict(error: unknown): boolean;
  observe?(outcome: ReconcileOutcome, seconds: number): void;
}

/** Works through the queue until it is shut down; resolves when every worker has finished what it had begun. */
export const runLoop = async (options: LoopOptions): Promise<void> => {
  await Promise.all(Array.from({ length: options.workers }, () => runWorker(options)));
};

const runWorker = async (options: LoopOptions): Promise<void> => {
  for (let key = await options.queue.take(); key !== undefined; key = await options.queue.take()) {
    const startedAt = options.clock.monotonic();
    const outcome = await reconcileOnce(options, key);
    options.queue.done(key);
    options.observe?.(outcome, (options.clock.monotonic() - startedAt) / 1000);
  }
};

const reconcileOnce = async (
  { queue, logger, reconcile, isConflict }: LoopOptions,
  key: string,
): Promise<ReconcileOutcome> => {
  try {
    const { requeueAfterMs } = await reconcile(key);
    queue.forget(key);
    if (requeueAfterMs === undefined) return 'success';
    queue.addAfter(key, requeueAfterMs);
    return 'requeue';
  } catch (err) {
    if (err instanceof TerminalError) {
      queue.forget(key);
      logger.warn({ key, err }, 'reconcile ended: the user has to change something');
      return 'terminal';
    }
    const retryInMs = Math.round(queue.addRateLimited(key));
    if (isConflict(err)) {
      logger.debug({ key, retryInMs }, 'reconcile lost a race');
      return 'conflict';
    }
    logger.error({ key, err, code: errorCode(err), retryInMs }, 'reconcile failed');
    return 'error';
  }
};
