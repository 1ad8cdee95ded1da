import type { Logger } from '../../../src/process/log/logger.ts';
import type { ControlError, LeaseRequest } from '../../protocol/control.ts';

/** Who holds the lease while another is refused. */
export interface LeaseHolder {
  readonly holder: string | null;
  readonly epoch: number;
}

const remembered = 256;

/** Logs who was refused the lease and who has it, each once until that changes: who waits for it asks every few seconds. */
export const createLeaseRefusalLog = (logger: Logger) => {
  const told = new Set<string>();
  let toldOf = '';
  return (volume: string, asked: LeaseRequest, held: LeaseHolder, code: ControlError['code']): void => {
    const { holder, epoch } = held;
    const heldBy = JSON.stringify([holder, epoch]);
    if (heldBy !== toldOf) told.clear();
    toldOf = heldBy;
    const key = `${code} ${asked.holder}`;
    if (told.has(key) || told.size >= remembered) return;
    told.add(key);
    logger.info({ volume, code, asker: asked.holder, askedEpoch: asked.epoch, holder, epoch }, 'lease refused');
  };
};
