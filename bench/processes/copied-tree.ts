import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Directories below `home`: a source, a receiver's with a copy of it as its data (`target`), and one that certificates can be made in. */
export interface CopiedTree {
  readonly source: string;
  readonly replica: string;
  readonly target: string;
  readonly certs: string;
}

/** `fill` makes the source. */
export const makeCopiedTree = (home: string, fill: (source: string) => void): CopiedTree => {
  const [source, replica] = [join(home, 'source'), join(home, 'replica')];
  for (const directory of [source, replica]) mkdirSync(directory);
  fill(source);
  const target = join(replica, 'data');
  execFileSync('cp', ['-a', source, target]);
  return { source, replica, target, certs: join(home, 'certs') };
};
