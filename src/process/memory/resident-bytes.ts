import { errorCode } from '../failure.ts';

/** Resident memory of this process, bytes; 0 where the system does not say, as where no file can be opened any more. */
export const readResidentBytes = (): number => {
  try {
    return process.memoryUsage.rss();
  } catch (error) {
    if (errorCode(error) === '') throw error;
    return 0;
  }
};
