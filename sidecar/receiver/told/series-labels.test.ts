import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Logger } from '../../../src/process/log/logger.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { receiverSeries } from '../../../src/replication/desired/receivers/receiver-series.ts';
import { startFixture } from '../testing/receiver-fixture.ts';

const identity = { namespace: 'shop', name: 'web', uid: 'uid-1' };
const whole = { replica_namespace: 'shop', replica: 'web', target: 'dr' };

test('every series of a receiver says whose copy it has, as the operator wrote it last', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-series-'));
  const file = join(folder, 'series.json');
  const directory = join(folder, 'volume');
  mkdirSync(directory);
  const write = (...names: readonly string[]): void =>
    writeFileSync(
      file,
      receiverSeries(
        identity,
        'dr',
        names.map((name, ordinal) => ({ name, ordinal })),
      ),
    );
  write('data-db-0', 'data-db-1');
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) } as Logger;
  const receiver = await startFixture({
    directory,
    volume: 'shop.web-dr-1',
    metrics: { host: '127.0.0.1', port: 0, labels: file },
    logger,
  });
  const labelsOf = async (): Promise<Record<string, string>[]> => {
    const text = await (await fetch(`http://127.0.0.1:${receiver.metricsPort}/metrics`)).text();
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.ok(series.length > 20);
    return series.map((line) => {
      const found = Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text]));
      return Object.fromEntries(
        ['replica_namespace', 'replica', 'volume', 'target'].flatMap((name) =>
          found[name] === undefined ? [] : [[name, found[name]]],
        ),
      );
    });
  };
  const expectAll = async (expected: object): Promise<void> => {
    for (const labels of await labelsOf()) assert.deepEqual(labels, expected);
  };
  try {
    await expectAll({ ...whole, volume: 'data-db-1' });
    write('data-db-0', 'data-other-1');
    await expectAll({ ...whole, volume: 'data-other-1' });
    write('data-db-0');
    await expectAll(whole);
    assert.deepEqual(warnings, []);
    for (const broken of ['{', '{"labels":{"a b":"c"}}', '{"labels":{"a":1}}', '[]'.repeat(2)]) {
      writeFileSync(file, broken);
      await expectAll(whole);
      await expectAll(whole);
    }
    assert.deepEqual(warnings, Array(3).fill('labels of the metrics can not be read'), 'each trouble is told once');
  } finally {
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
