import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Child, startChild } from '../processes/child.ts';
import { hasOwnNetwork } from './own-network.ts';

/** Where targets live. */
export interface TargetNetwork {
  /** Their address. */
  readonly host: string;
  /** Starts a program of a target there. */
  start(command: string, args: readonly string[]): Child;
  /** What has gone between the two sides, headers included; undefined where it can't be told. */
  bytes(): number | undefined;
}

const link = 'to-target';
const addresses = { near: '10.99.0.1/24', far: '10.99.0.2' };

/** A namespace for targets, with a wire of its own to this one's; without a namespace of ours it is the loopback. */
export async function startTargetNetwork(): Promise<TargetNetwork> {
  if (!hasOwnNetwork()) return { host: '127.0.0.1', start: startChild, bytes: () => undefined };
  // It holds the namespace, and ends with this process.
  const holder = spawn('unshare', ['--net', '--', 'sh', '-c', 'echo there; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const enter = ['-t', `${holder.pid}`, '-n', '--'];
  const far = (...args: readonly string[]): void => void execFileSync('nsenter', [...enter, 'ip', ...args]);
  execFileSync('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'to-source', 'netns', `${holder.pid}`]);
  execFileSync('ip', ['address', 'add', addresses.near, 'dev', link]);
  execFileSync('ip', ['link', 'set', link, 'up']);
  far('address', 'add', `${addresses.far}/24`, 'dev', 'to-source');
  far('link', 'set', 'lo', 'up');
  far('link', 'set', 'to-source', 'up');
  return {
    host: addresses.far,
    start: (command, args) => startChild('nsenter', [...enter, command, ...args]),
    bytes: countedBytes,
  };
}

/** Received and sent: fields 1 and 9 of the interface's line, see proc_net_dev(5). */
function countedBytes(): number {
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith(`${link}:`));
  const fields = line?.split(':')[1]?.trim().split(/\s+/).map(Number) ?? [];
  return (fields[0] ?? 0) + (fields[8] ?? 0);
}

/** @returns MiB since then, or why there are none to tell */
export function mebibytesSince(network: TargetNetwork, before: number | undefined): number | string {
  const now = network.bytes();
  return now === undefined || before === undefined ? 'not counted' : (now - before) / 1024 ** 2;
}
