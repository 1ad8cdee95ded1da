import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** Where this machine's own id is kept: machine-id(5). */
const machineIdFile = '/etc/machine-id';

/**
 * Whose data a directory holds, where nobody says: this machine's data at this path. Where the machine has no id, as in a
 * container, that of the file system's root directory, by when it was made; undefined where neither is known for good.
 */
export const lineageOf = (source: string, machineId = readMachineId()): string | undefined => {
  if (machineId !== '') return `machine-${digest(machineId, source)}`;
  const { ino, birthtimeNs } = statSync(source, { bigint: true });
  return birthtimeNs > 0n ? `directory-${digest(ino, birthtimeNs)}` : undefined;
};

const readMachineId = (): string => {
  try {
    return readFileSync(machineIdFile, 'latin1').trim();
  } catch {
    return '';
  }
};

const digest = (...parts: readonly (string | bigint)[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
