import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../network/free-port.ts';
import type { TargetNetwork } from '../network/target-network.ts';

export interface RsyncDaemon {
  readonly host: string;
  readonly port: number;
  readonly target: string;
  /** rsync:// address, by another way if one is given. */
  url(through?: { readonly host: string; readonly port: number }): string;
  pids(): readonly number[];
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A plain rsync daemon, set up as fast as it goes: what the other contenders send to. */
export async function startRsyncDaemon(directory: string, network: TargetNetwork): Promise<RsyncDaemon> {
  const target = join(directory, 'target');
  mkdirSync(target, { recursive: true });
  const { host } = network;
  const port = await freePort();
  const config = join(directory, 'rsyncd.conf');
  const lines = ['use chroot = no', 'socket options = TCP_NODELAY', `address = ${host}`, `port = ${port}`];
  if (process.getuid?.() === 0) lines.push('uid = 0', 'gid = 0');
  writeFileSync(config, `${[...lines, '[data]', `path = ${target}`, 'read only = no'].join('\n')}\n`);
  const launch = () => network.start('rsync', ['--daemon', '--no-detach', `--config=${config}`]);
  let child = launch();
  await untilListening(host, port);
  return {
    host,
    port,
    target,
    url: (through = { host, port }) => `rsync://${through.host}:${through.port}/data/`,
    pids: () => [child.pid],
    stop: () => child.stop(),
    start: async () => {
      child = launch();
      await untilListening(host, port);
    },
  };
}

/** Resolves once somebody takes connections. */
async function untilListening(host: string, port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host }, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`wait for ${host}:${port}: nobody listens`);
}
