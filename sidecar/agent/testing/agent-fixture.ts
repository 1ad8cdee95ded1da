import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { settingsDefaults } from '../../../src/api/settings/settings-defaults.ts';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import type { AgentStatus, ReplicaStatus } from '../../protocol/agent-status.ts';
import type { ReceiverOptions } from '../../receiver/receiver.ts';
import { type Fixture, password, startFixture, username } from '../../receiver/testing/receiver-fixture.ts';
import { type AgentHandle, type AgentOptions, runAgent } from '../main.ts';

/** The defaults, but that nothing happens by itself and nobody waits for long. */
const { verify: _, ...defaults } = settingsDefaults;
export const testSettings: Omit<ReplicationSettings, 'source' | 'targets'> = {
  ...defaults,
  generation: 1,
  sync: { ...defaults.sync, fullPass: { schedule: '@yearly', jitterMs: 0 } },
  retry: { initialMs: 100, maxMs: 2_000 },
};

export interface Replica {
  readonly source: string;
  readonly base: string;
  /** The replica. */
  readonly data: string;
  readonly settings: ReplicationSettings;
  readonly receiver: Fixture;
  readonly agent: AgentHandle;
  /** Resolves when nothing is pending; throws after a minute with what is. */
  settled(): Promise<void>;
  /** Waits until nothing is pending and compares; throws with the differences. */
  assertEqual(): Promise<void>;
  /** The same with another directory than the receiver's own. */
  assertEqualTo(target: string): Promise<void>;
  status(): ReplicaStatus;
  close(): Promise<void>;
}

export const receiverTarget = ({ port, tls }: Fixture, name = 'dr'): TargetSettings => ({
  kind: 'receiver',
  name,
  host: '127.0.0.1',
  port,
  volume: 'uploads',
  username,
  password,
  tls,
});

/** An agent and a receiver of this process on directories of their own; `prepare` fills the source before the start. */
export async function startReplica(
  options: {
    settings?: Partial<ReplicationSettings>;
    sync?: Partial<ReplicationSettings['sync']>;
    prepare?: (source: string, target: string) => void;
    stallMs?: number;
    receiver?: Partial<ReceiverOptions>;
    logger?: Logger;
    metrics?: AgentOptions['metrics'];
  } = {},
): Promise<Replica> {
  const base = await mkdtemp(join(tmpdir(), 'agent-test-'));
  const source = join(base, 'source');
  mkdirSync(source);
  mkdirSync(join(base, 'target'));
  options.prepare?.(source, join(base, 'target', 'data'));
  const receiver = await startFixture({ directory: join(base, 'target'), ...options.receiver });
  const data = join(base, 'target', 'data');
  const settings = {
    ...testSettings,
    source,
    targets: [receiverTarget(receiver)],
    ...options.settings,
    sync: { ...testSettings.sync, ...options.sync },
  };
  const agent = await runAgent({
    settings,
    stateDir: join(base, 'state'),
    ...(options.stallMs === undefined ? {} : { stallMs: options.stallMs }),
    ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    logger: options.logger ?? silentLogger,
  });
  const settled = (): Promise<void> => waitUntilSettled(agent);
  const assertEqualTo = async (target: string): Promise<void> => {
    await settled();
    await assertEqualTrees(source, target);
  };
  await agent.ready;
  return {
    source,
    base,
    data,
    settings,
    receiver,
    agent,
    settled,
    assertEqual: () => assertEqualTo(data),
    assertEqualTo,
    status: () => agent.status().replicas[0] as ReplicaStatus,
    async close() {
      await agent.stop(1_000);
      await receiver.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** `waitedMs`: how long it was waited: what a polled source was not looked at for since is told by then. */
const isSettled = (replica: ReplicaStatus, kind: AgentStatus['watch']['kind'], waitedMs: number): boolean =>
  replica.link === 'Online' &&
  replica.initialPassDone &&
  replica.pending === 0 &&
  (replica.lagSeconds === 0 || (kind === 'polling' && waitedMs > 2 * replica.lagSeconds * 1_000));

/** What moves while an agent gets on with it, however slow the machine is. */
const progressOf = (replicas: readonly ReplicaStatus[]): string =>
  JSON.stringify(
    replicas.map(({ link, pending, position, progress, transferredBytes, transferredFiles }) => [
      ...[link, pending, position, progress, transferredBytes, transferredFiles],
    ]),
  );

/** Every replica is online with nothing to do, for a moment on end. @throws once nothing has moved for so long */
export async function waitUntilSettled(
  agent: { status(): AgentStatus | Promise<AgentStatus> },
  patienceMs = 180_000,
): Promise<void> {
  const startedAt = performance.now();
  let seen = '';
  let until = 0;
  for (let calm = 0; calm < 3; ) {
    await sleep(50);
    const { replicas, watch } = await agent.status();
    const waitedMs = performance.now() - startedAt;
    calm = replicas.every((replica) => isSettled(replica, watch.kind, waitedMs)) ? calm + 1 : 0;
    const now = progressOf(replicas);
    if (now !== seen) until = performance.now() + patienceMs;
    else if (performance.now() > until) throw new Error(`wait until settled: ${JSON.stringify(replicas)}`);
    seen = now;
  }
}

export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 180_000,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error(`wait for ${what}: it did not come`);
    await sleep(20);
  }
}

export async function assertEqualTrees(source: string, target: string): Promise<void> {
  const differences = await compareTrees(source, target, { xattrs: true, hardLinks: true, root: true });
  if (differences.length === 0) return;
  const shown = differences.slice(0, 20).map(({ path, what, detail }) => `${JSON.stringify(path)}: ${what} ${detail}`);
  throw new Error(`${differences.length} differences:\n${shown.join('\n')}`);
}
