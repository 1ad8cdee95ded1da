import type { Logger } from './log/logger.ts';

const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * One signal may arrive twice: a terminal and a service manager send it to every process of a group, and the wrapper
 * of an older Node hands its own on.
 */
const sameSignalMs = 1_000;

/**
 * Runs `stop` once on SIGTERM, SIGINT or SIGHUP, then exits 0 (1 when it fails, or takes longer than `graceMs`).
 * With `onHangup` SIGHUP calls that instead. Another signal more than a second later exits at once. The answer removes the handlers again.
 */
export const stopOnSignals = (options: {
  stop: () => Promise<void>;
  graceMs: number;
  logger: Logger;
  /** What SIGHUP means besides an end: a service that is told to read its files again. */
  onHangup?: (() => void) | undefined;
}): (() => void) => {
  let stoppingSince: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince < sameSignalMs) return;
      options.logger.warn({ signal }, 'exit at once: second signal');
      process.exit(1);
    }
    stoppingSince = performance.now();
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
  const { onHangup } = options;
  const handlers = endingSignals.map((signal): [NodeJS.Signals, (signal: NodeJS.Signals) => void] => [
    signal,
    signal === 'SIGHUP' && onHangup !== undefined ? () => onHangup() : onSignal,
  ]);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
};
