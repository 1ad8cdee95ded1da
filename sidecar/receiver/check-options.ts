import { Failure } from '../../src/process/failure.ts';
import { isVolumeName } from '../../src/process/tls/certificate-identity.ts';

/** What a receiver can't be started with. @throws Failure */
export const checkOptions = (options: { readonly volume?: string; readonly access?: string }): void => {
  if (options.volume !== undefined && !isVolumeName(options.volume)) {
    throw new Failure('VolumeNameInvalid', `start receiver: ${JSON.stringify(options.volume)} is no volume name`, {
      hint: 'a volume name has letters, digits, ".", "_" and "-", begins and ends with a letter or digit, and is not "global"',
    });
  }
  if (options.access === 'Elevated' && process.getuid?.() !== 0) {
    throw new Failure('NotElevated', 'start receiver: access Elevated keeps owners, which only root may', {
      hint: 'run the receiver as root, or use access SameUser',
    });
  }
};

export const safeRsync = {
  oldest: [3, 5, 0],
  purpose: 'start receiver',
  because: 'older ones let a client read and write outside of its module',
} as const;
