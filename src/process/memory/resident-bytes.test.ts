import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { isInstalled } from '../../../testing/programs/is-installed.ts';

const skip = !isInstalled('prlimit') && 'needs prlimit';

/** How much memory there is, where files can be opened and where none can. */
const script = `
  import { openSync } from 'node:fs';
  import { readResidentBytes } from ${JSON.stringify(new URL('./resident-bytes.ts', import.meta.url).href)};
  const said = [readResidentBytes() > 1_000_000];
  try { for (;;) openSync('/dev/null'); } catch {}
  said.push(readResidentBytes());
  console.log(JSON.stringify(said));
`;

test('nothing ends where the system does not say how much memory there is: no file can be opened', { skip }, () => {
  const command = ['--nofile=100', process.execPath, '--input-type=module', '-e', script];
  assert.deepEqual(JSON.parse(execFileSync('prlimit', command, { encoding: 'utf8' })), [true, 0]);
});
