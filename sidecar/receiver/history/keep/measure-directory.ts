import { runBehind } from '../../../../src/process/system/run-behind.ts';

/** What is stored below a directory, bytes as du(1) counts them, hard links once. `unknown` where it can't be told. */
export async function measureDirectory(path: string, unknown: number): Promise<number> {
  // It ends with an error for what goes away meanwhile, and tells the sum all the same.
  const ended = await runBehind('du', ['-s', '-B1', '--', path]).ended.catch(() => undefined);
  const bytes = Number(/^\d+/.exec(ended?.output ?? '')?.[0] ?? Number.NaN);
  return Number.isFinite(bytes) ? bytes : unknown;
}
