import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../testing/storm/random.ts';
import { Storm } from '../../../testing/storm/storm.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import type { HistorySettings } from '../../receiver/history/keep/history-bounds.ts';
import { makeClientTls, password, username } from '../../receiver/testing/receiver-fixture.ts';
import {
  makeReceiverHome,
  type ReceiverProcess,
  startReceiverProcess,
} from '../../receiver/testing/receiver-process.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from '../testing/agent-fixture.ts';
import { AgentProcess } from '../testing/agent-process.ts';
import { cannotCutPower, PoweredDisk } from '../testing/powered-disk.ts';

const rounds = 4;
const seed = process.env.STORM_SEED === undefined ? {} : { seed: Number(process.env.STORM_SEED) };

/** The machine of the target, with a disk of its own; on the same port after each cut. */
class Machine implements AsyncDisposable {
  readonly disk = new PoweredDisk();
  readonly #certs: string;
  readonly #more: { readonly history?: HistorySettings };
  #receiver: ReceiverProcess | undefined;
  port = 0;

  constructor(certs: string, more: { readonly history?: HistorySettings }) {
    this.#certs = certs;
    this.#more = more;
  }

  get volume(): string {
    return join(this.disk.at, 'volume');
  }

  async start(): Promise<void> {
    mkdirSync(this.volume, { recursive: true });
    const options = { directory: this.volume, certs: this.#certs, port: this.port, ...this.#more };
    this.#receiver = await startReceiverProcess(options, { wrapper: this.disk.wrapper });
    this.port = this.#receiver.port;
  }

  async cutPower(): Promise<void> {
    await this.#receiver?.end('SIGKILL');
    await this.disk.cutPower();
    this.disk.powerOn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#receiver?.end('SIGKILL');
    await this.disk.close();
  }
}

const epochOf = async (agent: AgentProcess): Promise<number> =>
  (await agent.status()).replicas[0]?.position?.epoch ?? 0;

for (const [what, more] of [
  ['', {}],
  [' with a history', { history: { keepMs: 3_600_000, maxSize: { percent: 50 } } }],
] as const)
  test(`a target${what} whose power is cut gets again what it lost`, {
    skip: cannotCutPower,
    timeout: 600_000,
  }, async (t) => {
    const { home, certs } = await makeReceiverHome(process.getuid?.() ?? 0);
    const base = mkdtempSync(join(tmpdir(), 'power-cut-'));
    t.after(() => {
      for (const path of [home, base]) rmSync(path, { recursive: true, force: true });
    });
    const source = join(base, 'source');
    mkdirSync(source);
    await using machine = new Machine(certs, more);
    await machine.start();
    const tls = await makeClientTls();
    const target = { kind: 'receiver', name: 'dr', host: '127.0.0.1', port: machine.port } as const;
    const settings = {
      ...testSettings,
      source,
      targets: [{ ...target, volume: 'uploads', username, password, tls }],
    };
    const agent = await AgentProcess.start({ settings, stateDir: join(base, 'state') });
    t.after(() => agent.end('SIGKILL'));
    const storm = new Storm(source, seed);
    t.diagnostic(`STORM_SEED=${storm.seed}`);
    const random = createRandom(storm.seed);
    let lost = 0;
    for (let round = 0; round < rounds || lost === 0; round++) {
      await storm.run({ steps: 60 + random.below(120), pauseMs: random.below(20) });
      writeFileSync(join(source, 'last'), `of round ${round}`);
      if (random.below(2) === 0) await waitUntilSettled(agent);
      else await sleep(random.below(3_000));
      const epoch = await epochOf(agent);
      await machine.cutPower();
      lost += (await compareTrees(source, join(machine.volume, 'data'))).length;
      if (random.below(2) === 0) await storm.run({ steps: 50 });
      await machine.start();
      await storm.run({ steps: random.below(50) });
      // An agent that has nothing to do hears of it by and by.
      await waitFor('the agent to come back', async () => (await epochOf(agent)) > epoch);
      await waitUntilSettled(agent);
      await assertEqualTrees(source, join(machine.volume, 'data'));
    }
    t.diagnostic(`${lost} entries lost or wrong right after the cuts`);
    assert.ok(lost > 0);
  });
