import type { Logger } from './logger.ts';

/**
 * Runs `stop` once on SIGTERM or SIGINT, then exits 0 (1 when it fails, or takes longer than `graceMs`).
 * A second signal exits at once. The answer removes the handlers again.
 */
export const stopOnSignals = (options: {
  stop: () => Promise<void>;
  graceMs: number;
  logger: Logger;
}): (() => void) => {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      options.logger.warn({ signal }, 'exit at once: second signal');
      process.exit(1);
    }
    stopping = true;
    options.logger.info({ signal }, 'stopping');
    setTimeout(() => {
      options.logger.error({ graceMs: options.graceMs }, 'exit: stopping took longer than the grace period');
      process.exit(1);
    }, options.graceMs).unref();
    options.stop().then(
      () => process.exit(0),
      (err: unknown) => {
        options.logger.error({ err }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
};
