import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles as skip } from '../../../../testing/programs/short-of-files.ts';

const script = (stateDir: string): string => `
  import { localNote } from ${JSON.stringify(new URL('./local-note.ts', import.meta.url).href)};
  const note = localNote(${JSON.stringify(stateDir)}, { host: 'h', port: 1, module: 'm' });
  say(note.read());
  note.write('what was covered');
  const read = () => { try { return note.read(); } catch ({ code }) { return code; } };
  const giveBack = takeAll();
  say(read());
  giveBack();
  say(read());
`;

test('a note that can not be opened for want of open files is not taken for none', { skip }, (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'note-'));
  t.after(() => rmSync(stateDir, { recursive: true }));
  assert.deepEqual(runShortOfFiles(script(stateDir)), [null, 'EMFILE', 'what was covered']);
});
