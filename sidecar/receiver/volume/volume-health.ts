import { accessSync, constants, statSync } from 'node:fs';
import { errorCode, errorMessage } from '../../../src/process/failure.ts';
import type { VolumeTrouble } from '../../protocol/control.ts';
import { Refusal } from '../refusal.ts';
import type { VolumeDirectory } from './volume-directory.ts';

/** Whether the volume is still the one that was opened, and can be written. */
export interface VolumeHealth {
  /** What is wrong now; a few system calls. */
  trouble(): VolumeTrouble | null;
  /** @throws Refusal NotReady */
  require(access?: 'read' | 'write'): void;
}

/** A mount that was lost shows another directory under the same path: nothing must be written there. */
export const makeVolumeHealth = ({ root, state, data }: VolumeDirectory): VolumeHealth => {
  const opened = [root, state, data].map(identify);
  const trouble = (): VolumeTrouble | null => {
    try {
      const isLost = [root, state, data].some((path, index) => identify(path) !== opened[index]);
      if (isLost) return lost(root, 'another directory is there now');
      accessSync(state, constants.W_OK);
      return null;
    } catch (error) {
      if (errorCode(error) === 'EROFS' || errorCode(error) === 'EACCES') return readOnly(root, errorMessage(error));
      return lost(root, errorMessage(error));
    }
  };
  return {
    trouble,
    require(access = 'write') {
      const found = trouble();
      if (found && (access === 'write' || found.reason === 'TargetLost'))
        throw new Refusal({ code: 'NotReady', ...found });
    },
  };
};

const identify = (path: string): string => {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev} ${ino}`;
};

const lost = (root: string, why: string): VolumeTrouble => ({
  reason: 'TargetLost',
  message: `use volume ${root}: it is not what was opened: ${why}`,
  hint: 'mount the volume again and restart the receiver; nothing is written meanwhile',
});

const readOnly = (root: string, why: string): VolumeTrouble => ({
  reason: 'TargetReadOnly',
  message: `write volume ${root}: ${why}`,
  hint: 'look at the kernel’s log for why the file system became read-only; it goes on by itself once it can be written',
});
