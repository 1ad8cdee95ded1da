import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplicationSettings, TlsMaterial } from '../../../src/api/settings/replication-settings.ts';
import type { ReplicaStatus } from '../../protocol/agent-status.ts';
import type { ReceiverOptions } from '../../receiver/receiver.ts';
import { makeClientTls, password, username } from '../../receiver/testing/receiver-fixture.ts';
import {
  makeReceiverHome,
  type ReceiverProcess,
  startReceiverProcess,
} from '../../receiver/testing/receiver-process.ts';
import type { AgentOptions } from '../main.ts';
import { assertEqualTrees, testSettings, waitFor, waitUntilSettled } from './agent-fixture.ts';
import { AgentProcess } from './agent-process.ts';

type WorldOptions = {
  readonly settings?: Partial<ReplicationSettings>;
  readonly sync?: Partial<ReplicationSettings['sync']>;
  /** Another port than the receiver's own: a proxy of the test's. */
  readonly port?: (receiver: number) => number;
  readonly receiver?: Pick<ReceiverOptions, 'history'>;
};

/** An agent and a receiver as processes on directories of their own, both to be killed and started again. */
export class ProcessWorld implements AsyncDisposable {
  readonly base: string;
  readonly source: string;
  /** What an agent knows beyond its life. */
  readonly state: string;
  readonly volume: string;
  readonly data: string;
  readonly #home: string;
  readonly #certs: string;
  readonly #tls: TlsMaterial;
  readonly #options: WorldOptions;
  receiver: ReceiverProcess;
  agents: AgentProcess[] = [];

  private constructor(
    options: WorldOptions,
    places: { home: string; certs: string; volume: string },
    receiver: ReceiverProcess,
    tls: TlsMaterial,
  ) {
    this.base = mkdtempSync(join(tmpdir(), 'agent-process-'));
    this.source = join(this.base, 'source');
    mkdirSync(this.source);
    this.state = join(this.base, 'state');
    this.volume = places.volume;
    this.data = join(places.volume, 'data');
    this.#home = places.home;
    this.#certs = places.certs;
    this.#tls = tls;
    this.#options = options;
    this.receiver = receiver;
  }

  static async start(options: WorldOptions = {}): Promise<ProcessWorld> {
    const places = await makeReceiverHome(process.getuid?.() ?? 0);
    const receiver = await startReceiverProcess({
      directory: places.volume,
      certs: places.certs,
      ...options.receiver,
    });
    return new ProcessWorld(options, places, receiver, await makeClientTls());
  }

  /** On the port it had. */
  async restartReceiver(): Promise<void> {
    const { port } = this.receiver;
    this.receiver = await startReceiverProcess({
      directory: this.volume,
      certs: this.#certs,
      port,
      ...this.#options.receiver,
    });
  }

  settings(more: Partial<ReplicationSettings> = {}): ReplicationSettings {
    const { settings, sync, port } = this.#options;
    return {
      ...testSettings,
      source: this.source,
      targets: [
        {
          kind: 'receiver',
          name: 'dr',
          host: '127.0.0.1',
          port: port?.(this.receiver.port) ?? this.receiver.port,
          volume: 'uploads',
          username,
          password,
          tls: this.#tls,
        },
      ],
      ...settings,
      ...more,
      sync: { ...testSettings.sync, ...sync, ...more.sync },
    };
  }

  async startAgent(
    more: Partial<Omit<AgentOptions, 'logger'>> = {},
    wrapper: readonly string[] = [],
  ): Promise<AgentProcess> {
    const options = { settings: this.settings(), stateDir: this.state, ...more };
    const agent = await AgentProcess.start(options, wrapper);
    this.agents.push(agent);
    return agent;
  }

  async assertEqual(agent: AgentProcess, timeoutMs?: number): Promise<void> {
    await waitUntilSettled(agent, timeoutMs);
    const { heldDeletes } = await replicaOf(agent);
    await assertEqualTrees(this.source, this.data).catch((cause: Error) => {
      throw new Error(`${cause.message}\nheld: ${JSON.stringify(heldDeletes)}`, { cause });
    });
  }

  /** Ends the receiver in order, and then nothing of a broken run is left in its volume. */
  async assertNoLeftovers(): Promise<void> {
    await this.receiver.end('SIGTERM');
    assert.deepEqual(readdirSync(join(this.volume, '.syncreplica/tmp')), []);
    assert.deepEqual(filesOfOurs(this.data), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.agents) await agent.end('SIGKILL');
    await this.receiver.end('SIGKILL');
    for (const path of [this.base, this.#home]) rmSync(path, { recursive: true, force: true });
  }
}

/** What of ours lies in a replica. */
export function filesOfOurs(replica: string): string[] {
  const found = execFileSync('find', [replica, '-name', '*.syncreplica*'], { encoding: 'latin1' });
  return found.split('\n').filter((line) => line !== '');
}

export async function replicaOf(agent: AgentProcess): Promise<ReplicaStatus> {
  return (await agent.status()).replicas[0] as ReplicaStatus;
}

/** Waits until what an agent says of its first replica fits. */
export async function waitForReplica(
  agent: AgentProcess,
  what: string,
  fits: (replica: ReplicaStatus) => boolean,
  timeoutMs?: number,
): Promise<ReplicaStatus> {
  let last: ReplicaStatus | undefined;
  try {
    await waitFor(
      what,
      async () => {
        last = await replicaOf(agent);
        return last !== undefined && fits(last);
      },
      timeoutMs,
    );
  } catch (cause) {
    throw new Error(`${what} did not come: ${JSON.stringify(last)}`, { cause });
  }
  return last as ReplicaStatus;
}
