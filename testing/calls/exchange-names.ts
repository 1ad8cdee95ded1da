import { bindLibc, lastErrno } from '../../src/process/system/libc.ts';

const atCurrent = -100;
const exchange = 2;

/** renameat2(2) with RENAME_EXCHANGE: each of two names gets what the other had. Linux. */
export const exchangeNames = (one: string, other: string): void => {
  const rename = bindLibc('int renameat2(int from, const char *one, int to, const char *other, uint32_t flags)');
  if (rename(atCurrent, one, atCurrent, other, exchange) !== 0) {
    throw new Error(`exchange ${one} and ${other}: errno ${lastErrno()}`);
  }
};
