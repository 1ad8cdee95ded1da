import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { CheckpointStatus } from '../../protocol/agent-status.ts';
import { createHistoryClient } from '../../protocol/connection/history-client.ts';
import { unpackPast } from '../../protocol/entries/unpack-past.ts';
import { testUser } from '../../receiver/testing/receiver-fixture.ts';
import { type Replica, startReplica, waitFor } from '../testing/agent-fixture.ts';
import { serveStill } from '../testing/serve-still.ts';

/** A shop: money only changes hands, and each transaction has a receipt in a file. Its wrapper answers the agent. */
class Shop {
  readonly orders: string[] = [];
  /** How many transactions there were when it was still last. */
  stillAt = 0;
  stillSince = 0;
  /** For how long it was still last, ms. */
  stillForMs = 0;
  status = 200;
  /** It says that it is still, and writes on. */
  isDeaf = false;
  readonly #directory: string;
  readonly #database: DatabaseSync;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(join(directory, 'receipts'));
    this.#database = new DatabaseSync(join(directory, 'shop.db'));
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE account (id INTEGER PRIMARY KEY, money INTEGER); CREATE TABLE receipt (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO account VALUES (1, 1000000), (2, 0);`);
  }

  obey(order: string): number {
    this.orders.push(order);
    if (order === 'GoOn') this.goOn();
    else if (!this.isDeaf) this.beStill();
    return this.status;
  }

  goOn(): void {
    this.stillForMs = Math.round(performance.now() - this.stillSince);
    this.#timer ??= setInterval(() => {
      this.#count += 1;
      writeFileSync(join(this.#directory, 'receipts', `${this.#count}`), `receipt ${this.#count}`);
      this.#database.exec(`BEGIN; UPDATE account SET money = money - 1 WHERE id = 1;
        UPDATE account SET money = money + 1 WHERE id = 2; INSERT INTO receipt VALUES (${this.#count}, '${this.#count}'); COMMIT;`);
    }, 5);
  }

  beStill(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.stillAt = this.#count;
    this.stillSince = performance.now();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#database.close();
  }
}

const stateOf = (replica: Replica): CheckpointStatus | undefined => replica.status().checkpoint;

test('a database that writes all the time is whole in a consistent checkpoint, and so is what belongs to it', {
  timeout: 600_000,
}, async (context) => {
  const replica = await startReplica({ receiver: { history: { keepMs: 3_600_000, maxSize: { percent: 50 } } } });
  const shop = new Shop(replica.source);
  const { url: stillUrl, close } = await serveStill((order) => shop.obey(order));
  const { port, tls } = replica.receiver;
  const history = createHistoryClient({ host: '127.0.0.1', port, tls, volume: 'uploads', user: testUser });
  context.after(async () => {
    close();
    shop.close();
    history.close();
    await replica.close();
  });
  let generation = 1;
  const ask = async (timeoutMs: number): Promise<CheckpointStatus | undefined> => {
    const checkpoint = `request ${++generation}`;
    const checkpoints = { stillUrl, timeoutMs };
    await replica.agent.update({ ...replica.settings, generation, checkpoints, requests: { checkpoint } });
    await waitFor('an answer', () => stateOf(replica)?.answered === checkpoint);
    return stateOf(replica);
  };
  const arrived = (): number => readdirSync(replica.data, { recursive: true }).length;
  shop.goOn();
  for (let round = 1; round <= 3; round += 1) {
    const before = shop.stillAt;
    await waitFor('some transactions', () => arrived() > before + 20);
    assert.equal((await ask(120_000))?.trouble, null);
    const { stillAt, stillForMs } = shop;
    context.diagnostic(`still for ${stillForMs} ms`);
    assert.equal(shop.orders.join(), Array(round).fill('BeStill,GoOn').join());
    await waitFor('more transactions', () => arrived() > stillAt + 10);
    const to = join(replica.base, `restored-${round}`);
    const wish = { at: Date.now(), checkpoint: true, consistent: true, paths: [''] };
    const { moment } = await unpackPast(await history.read(wish), to);
    assert.equal(moment.checkpoint?.isConsistent, true);
    const restored = new DatabaseSync(join(to, 'shop.db'));
    const all = (sql: string): unknown[] =>
      restored
        .prepare(sql)
        .all()
        .map((row) => Object.values(row)[0]);
    assert.deepEqual(all('PRAGMA integrity_check'), ['ok']);
    assert.deepEqual(all('SELECT sum(money) FROM account'), [1_000_000]);
    assert.deepEqual(all('SELECT count(*) FROM receipt'), [stillAt]);
    restored.close();
    const receipts = readdirSync(join(to, 'receipts'));
    assert.equal(receipts.length, stillAt);
    for (const name of receipts) assert.equal(readFileSync(join(to, 'receipts', name), 'utf8'), `receipt ${name}`);
  }
  const { consistentAt } = stateOf(replica) ?? {};
  shop.status = 503;
  assert.match((await ask(120_000))?.trouble ?? '', /BeStill: it answered 503$/);
  assert.equal(stateOf(replica)?.consistentAt, consistentAt, 'the one before is still known');
  assert.equal(shop.orders.slice(-2).join(), 'BeStill,GoOn');
  [shop.status, shop.isDeaf] = [200, true];
  assert.match((await ask(120_000))?.trouble ?? '', /wrote on after it had answered/);
  assert.equal(stateOf(replica)?.consistentAt, consistentAt);
});

test('without a history at the target, and without a way to ask, it is told why there is none', async (context) => {
  const replica = await startReplica();
  context.after(() => replica.close());
  await replica.settled();
  const { url: stillUrl, close } = await serveStill(() => 200);
  context.after(close);
  const ask = async (generation: number, checkpoints: object): Promise<string | null | undefined> => {
    const requests = { checkpoint: `request ${generation}` };
    await replica.agent.update({ ...replica.settings, generation, requests, ...checkpoints });
    await waitFor('an answer', () => stateOf(replica)?.answered === requests.checkpoint);
    return stateOf(replica)?.trouble;
  };
  assert.match((await ask(2, {})) ?? '', /checkpoints\.stillUrl/);
  assert.equal(
    await ask(3, { checkpoints: { stillUrl, timeoutMs: 1_000 } }),
    'not within 1 s: the target keeps no history',
  );
});
