import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../testing/programs/short-of-files.ts';

/** How much memory there is, where files can be opened and where none can. */
const script = `
  import { readResidentBytes } from ${JSON.stringify(new URL('./resident-bytes.ts', import.meta.url).href)};
  say(readResidentBytes() > 1_000_000);
  takeAll();
  say(readResidentBytes());
`;

test('nothing ends where the system does not say how much memory there is: no file can be opened', { skip }, () => {
  assert.deepEqual(runShortOfFiles(script), [true, 0]);
});
