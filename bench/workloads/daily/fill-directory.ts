import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a directory with so many files of so many bytes, a hundred in each of its directories. */
export function fillDirectory(directory: string, files: number, bytes: number, name = 'f'): void {
  for (let i = 0; i < files; i += 1) {
    const inner = join(directory, `d${Math.floor(i / 100)}`);
    if (i % 100 === 0) mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, `${name}${i}`), randomBytes(bytes));
  }
}
