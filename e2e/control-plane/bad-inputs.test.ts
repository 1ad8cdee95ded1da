import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../src/api/rules/rules.ts';
import { badInputs } from '../../src/api/testdata/bad-inputs.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { runCommand } from '../cluster/command.ts';
import { startControlPlane } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';

/** What the schema alone refuses the API server says in words of its own. */
const ours = new Set(rules.map(({ message }) => message));

test('a real API server refuses every spec of the table, with the same sentence', {
  skip,
  timeout: 600_000,
}, async () => {
  const plane = await startControlPlane();
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bad-inputs-'));
  const broken = badInputs.filter(({ sentence }) => ours.has(sentence));
  const rows = broken.map((row, at) => ({ ...row, name: `bad-${at}-of-the-table` }));
  const replica = (name: string, spec: unknown) => ({
    apiVersion: 'syncreplica.io/v1alpha1',
    kind: 'SyncReplica',
    metadata: { name, namespace: 'default' },
    spec,
  });
  assert.ok(rows.length > 100);
  try {
    const before = rows.flatMap(({ name, previous }) => (previous === undefined ? [] : [replica(name, previous)]));
    if (before.length > 0) await plane.apply(...before);
    const { kubeconfig, kubectl } = plane.server;
    const answersTo = async (verb: string, chosen: typeof rows): Promise<string> => {
      const file = join(folder.path, `${verb}.json`);
      const items = chosen.map(({ name, spec }) => replica(name, spec));
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
      const words = ['--kubeconfig', kubeconfig, verb, '--dry-run=server', '--validate=false', '-f', file];
      return (await runCommand(kubectl, words, { okCodes: [0, 1] })).stderr;
    };
    const isNew = ({ previous }: (typeof rows)[number]): boolean => previous === undefined;
    const created = await answersTo('create', rows.filter(isNew));
    const replaced = await answersTo(
      'replace',
      rows.filter((row) => !isNew(row)),
    );
    const said = `${created}\n${replaced}`.split(/(?=^(?:The SyncReplica|Error from server))/m);
    for (const { name, title, sentence } of rows) {
      const answer = said.filter((text) => text.includes(`"${name}"`)).join('\n');
      assert.ok(answer.includes(sentence), `${title}: ${answer || 'it was taken'}`);
    }
  } finally {
    await plane.stop();
  }
});
