import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partialDirectory, receiverPartialArgs } from './receiver-layout.ts';

test('what came of a file is kept in a directory of that path alone, which is the same at the next try', () => {
  const directoryOf = (path: string): string | undefined => receiverPartialArgs('/root', path, false)[0];
  const paths = ['a/disk.img', 'b/disk.img', 'disk.img', 'a/\xff'];
  const directories = paths.map(directoryOf);
  assert.equal(new Set(directories).size, paths.length);
  assert.deepEqual(paths.map(directoryOf), directories);
  for (const one of directories) assert.match(one ?? '', new RegExp(`^--partial-dir=/root/${partialDirectory}/\\w+$`));
});
