import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ReceiverLife } from '../../protocol/control.ts';

/** Where the kernel doesn't say which boot this is, each start of the receiver counts as one. */
export const beginLife = async (): Promise<ReceiverLife> => {
  const instance = randomUUID();
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => instance);
  return { bootId: bootId.trim(), instance };
};
