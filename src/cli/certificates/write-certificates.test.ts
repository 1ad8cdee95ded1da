import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isInstalled } from '../../../testing/programs/is-installed.ts';

const main = join(import.meta.dirname, '../main.ts');
const root = mkdtempSync(join(tmpdir(), 'write-certificates-'));
after(() => rmSync(root, { recursive: true, force: true }));

const words = [main, 'certs', '--out', root, '--host', 'localhost'];
const files = () =>
  new Map(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')]),
  );

test('what can’t be written leaves all that was there: neither the authority nor the password of a renewal is lost', {
  skip: !isInstalled('prlimit') && 'needs prlimit',
}, () => {
  execFileSync(process.execPath, words);
  const before = files();
  const { status, stderr } = spawnSync('prlimit', ['--fsize=0', process.execPath, ...words], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /EFBIG/);
  assert.deepEqual(files(), before);
});

test('a renewal keeps the authority, the password, and the rights that a file was given', () => {
  execFileSync(process.execPath, words);
  const key = join(root, 'agent', 'tls.key');
  chmodSync(key, 0o640);
  const before = files();
  execFileSync(process.execPath, words);
  const now = files();
  const changed = [...now].flatMap(([path, text]) => (before.get(path) === text ? [] : [path.slice(root.length + 1)]));
  assert.deepEqual(changed.sort(), ['agent/tls.crt', 'agent/tls.key', 'receiver/tls.crt', 'receiver/tls.key']);
  assert.equal(statSync(key).mode & 0o777, 0o640);
});
