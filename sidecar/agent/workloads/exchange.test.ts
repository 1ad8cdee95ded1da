import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exchangeNames } from '../../../testing/calls/exchange-names.ts';
import { startReplica } from '../testing/agent-fixture.ts';

/** Neither size nor time tell it from another. */
function writeAlike(path: string, text: string): void {
  writeFileSync(path, text);
  utimesSync(path, 1_600_000_000, 1_600_000_000);
}

test('names that were exchanged end as they are at the source', { timeout: 600_000 }, async (t) => {
  const replica = await startReplica({
    prepare: (source) => {
      for (const top of ['a', 'b']) {
        mkdirSync(join(source, top, `only-${top}/deep`), { recursive: true });
        writeAlike(join(source, top, 'alike'), `in ${top}`);
        writeAlike(join(source, top, `only-${top}/deep/file`), top);
        writeAlike(join(source, `file-${top}`), `is ${top}`);
        writeFileSync(join(source, `long-${top}`), top.repeat(top === 'a' ? 10 : 2_000));
      }
    },
  });
  t.after(() => replica.close());
  const at = (path: string): string => join(replica.source, path);
  await replica.assertEqual();
  for (const name of ['file', 'long']) exchangeNames(at(`${name}-a`), at(`${name}-b`));
  await replica.assertEqual();
  exchangeNames(at('a'), at('b'));
  await replica.assertEqual();
  writeFileSync(at('a/only-b/deep/later'), 'x');
  writeFileSync(at('b/only-a/later'), 'x');
  await replica.assertEqual();
  exchangeNames(at('a/only-b'), at('file-a'));
  exchangeNames(at('a'), at('b'));
  exchangeNames(at('b/alike'), at('a/alike'));
  await replica.assertEqual();
});
