import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Contender, Running } from '../contender.ts';
import { freePort } from '../network/free-port.ts';
import { startSlowNetwork } from '../network/slow-network.ts';
import { type Child, startChild } from '../processes/child.ts';

const program = fileURLToPath(new URL('../../dist/syncreplica.js', import.meta.url));
const startMs = 60_000;

/** Agent and receiver as two processes by the command line, with certificates, as on two machines. */
const makeSyncreplica = (name: string, about: string, receiverFlags: readonly string[]): Contender => ({
  name,
  about,
  watches: true,
  async missing() {
    return existsSync(program) ? undefined : 'the program is not built; run: npm run build';
  },
  async start({ directory, source, network, prefill, roundTripMs, targets = 1 }): Promise<Running> {
    const { host } = network;
    const certs = join(directory, 'certs');
    const replica = join(directory, 'replica');
    const target = join(replica, 'data');
    execFileSync(process.execPath, [program, 'certs', '--out', certs, '--host', host, '--host', '127.0.0.1'], {
      stdio: 'ignore',
    });
    await prefill?.(target);
    const startReceiver = async (to: string, port: number): Promise<Child> => {
      const places = ['--dir', to, '--certs', join(certs, 'receiver'), '--listen', `${host}:${port}`];
      const child = network.start(process.execPath, [
        ...[program, 'receiver', ...places, '--metrics', 'off', ...receiverFlags],
      ]);
      await child.said(/receiver ready/, startMs);
      return child;
    };
    const port = await freePort();
    let receiver = await startReceiver(replica, port);
    const others: { readonly child: Child; readonly directory: string; readonly port: number }[] = [];
    for (let n = 2; n <= targets; n += 1) {
      const other = { directory: `${replica}-${n}`, port: await freePort() };
      others.push({ ...other, child: await startReceiver(other.directory, other.port) });
    }
    const slow = roundTripMs === undefined ? undefined : await startSlowNetwork({ host, port }, roundTripMs);
    const way = slow ?? { host, port };
    const metrics = await freePort();
    const ways = [way, ...others.map((other) => ({ host, port: other.port }))];
    const startedAt = performance.now();
    const agent = startChild(process.execPath, [
      ...[program, 'agent', '--source', source, '--certs', join(certs, 'agent')],
      ...ways.flatMap((to) => ['--target', `srep://${to.host}:${to.port}/data`]),
      ...['--metrics', `127.0.0.1:${metrics}`, '--state-dir', join(directory, 'state')],
    ]);
    const watchingMs = await agent.said(/agent is ready/, startMs);
    return {
      target,
      targets: [target, ...others.map((other) => join(other.directory, 'data'))],
      watchers: [agent.pid],
      receivers: [receiver, ...others.map(({ child }) => child)].map(({ pid }) => pid),
      startedAt,
      watchingMs,
      nudge: async () => {},
      targetAway: () => receiver.stop(),
      targetBack: async () => {
        receiver = await startReceiver(replica, port);
      },
      settled: () => untilInSync(metrics),
      stop: async () => {
        await agent.stop();
        for (const child of [receiver, ...others.map((other) => other.child)]) await child.stop();
        await slow?.stop();
      },
    };
  },
});

const asItComes = 'agent and receiver, mTLS (TLS 1.3), lease, rename hints; settings as they come';

export const syncreplica = makeSyncreplica('syncreplica', asItComes, []);

/** What history costs; compared only on request. */
export const syncreplicaHistory = makeSyncreplica('syncreplica+history', `${asItComes}, and a history of 24 h`, [
  '--history-keep',
  '24h',
]);

async function untilInSync(port: number): Promise<void> {
  for (const until = Date.now() + 300_000; Date.now() < until; await sleep(20)) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/status`).catch(() => undefined);
    const status = (await answer?.json()) as { replicas?: { initialPassDone: boolean }[] } | undefined;
    if (status?.replicas?.every(({ initialPassDone }) => initialPassDone)) return;
  }
  throw new Error('wait for the first pass: it did not end within 5 minutes');
}
