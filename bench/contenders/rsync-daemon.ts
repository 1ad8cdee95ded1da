import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../processes/child.ts';
import { freePort } from '../processes/free-port.ts';

export interface RsyncDaemon {
  readonly port: number;
  readonly target: string;
  /** rsync:// address through a port. */
  url(port?: number): string;
  pids(): readonly number[];
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A plain rsync daemon on loopback, set up as fast as it goes: what the other contenders send to. */
export async function startRsyncDaemon(directory: string): Promise<RsyncDaemon> {
  const target = join(directory, 'target');
  mkdirSync(target, { recursive: true });
  const port = await freePort();
  const config = join(directory, 'rsyncd.conf');
  const lines = ['use chroot = no', 'socket options = TCP_NODELAY', 'address = 127.0.0.1', `port = ${port}`];
  if (process.getuid?.() === 0) lines.push('uid = 0', 'gid = 0');
  writeFileSync(config, `${[...lines, '[data]', `path = ${target}`, 'read only = no'].join('\n')}\n`);
  const launch = () => startChild('rsync', ['--daemon', '--no-detach', `--config=${config}`]);
  let child = launch();
  await untilListening(port);
  return {
    port,
    target,
    url: (through = port) => `rsync://127.0.0.1:${through}/data/`,
    pids: () => [child.pid],
    stop: () => child.stop(),
    start: async () => {
      child = launch();
      await untilListening(port);
    },
  };
}

/** Resolves once somebody takes connections. */
export async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error(`wait for port ${port}: nobody listens`);
}
