import type { Logger } from '../../src/process/log/logger.ts';
import { trimWhenIdle } from '../../src/process/memory/trim-when-idle.ts';
import { stopOnSignals } from '../../src/process/shutdown.ts';
import { createReceiver, type ReceiverOptions } from './receiver.ts';

/** What the command line gives; `certs` is the credentials' directory, read again when it changes. */
export interface RunReceiverOptions extends Omit<ReceiverOptions, 'credentials' | 'logger' | 'clock'> {
  readonly certs: string;
  readonly logger: Logger;
}

const graceMs = 20_000;

/**
 * Runs a receiver until SIGTERM or SIGINT. Resolves once it takes connections, after logging `receiver ready`.
 * @throws Failure when it can't start: print its message and hint, exit 1
 */
export const runReceiver = async (options: RunReceiverOptions): Promise<void> => {
  const { certs, logger, ...rest } = options;
  const receiver = createReceiver({ ...rest, credentials: { directory: certs }, logger });
  stopOnSignals({ stop: () => receiver.stop(), graceMs, logger });
  await receiver.start();
  trimWhenIdle();
};
