import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, killRsyncs } from '../../sidecar/agent/testing/descendants.ts';
import type { Random } from '../storm/random.ts';
import { setClock } from './set-clock.ts';
import type { SoakWorld } from './soak-world.ts';

/** Something that goes wrong for a while, and is whole again when it returns. */
export interface Fault {
  readonly name: string;
  /** Needs a target with a disk of its own. */
  readonly needsDisk?: boolean;
  strike(world: SoakWorld, random: Random): Promise<void>;
}

const between = (random: Random, leastMs: number, mostMs: number): number => leastMs + random.below(mostMs - leastMs);

/** Stops processes for a while. One that has ended meanwhile needs nothing. */
async function stopFor(pids: readonly number[], ms: number): Promise<void> {
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended.
      }
    }
  };
  signalAll('SIGSTOP');
  await sleep(ms);
  signalAll('SIGCONT');
}

const rsyncsOf = ({ agent, world }: SoakWorld): number[] =>
  [agent.pid, world.receiver.pid]
    .flatMap(descendantsOf)
    .filter(({ name }) => name === 'rsync')
    .map(({ pid }) => pid);

/** Forwards or backwards, by a little or by much; then it is right again, as a clock that is set by others. */
async function setOff(pid: number, random: Random): Promise<void> {
  const offMs = random.pick([40, 3_000, 60_000, 3_600_000]) * random.pick([-1, 1]);
  setClock(pid, offMs);
  await sleep(between(random, 300, 4_000));
  setClock(pid, 0);
}

/** A process may open only a few files beside those that it has open, and has to outlive that; what it starts meanwhile is held to it for good. */
async function runShortOfFiles(pid: number, random: Random): Promise<void> {
  const limit = (...options: readonly string[]): string =>
    execFileSync('prlimit', ['--pid', `${pid}`, ...options], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const had = limit('--nofile', '--noheadings', '--output', 'SOFT').trim();
  const open = readdirSync(`/proc/${pid}/fd`).length;
  limit(`--nofile=${open + random.below(6)}:`);
  await sleep(between(random, 300, 4_000));
  // It fails where the process has ended, and the round with it.
  limit(`--nofile=${had}:`);
}

/** A file system takes no `ro` while one of its files is open for writing. */
async function becomeReadOnly(world: SoakWorld): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      world.setReadOnly(true);
      return true;
    } catch {
      await sleep(20);
    }
  }
  return false;
}

export const faults: readonly Fault[] = [
  {
    name: 'connections cut',
    strike: async ({ proxy }) => proxy.cut(),
  },
  {
    name: 'connections cut again and again',
    async strike({ proxy }, random) {
      for (let n = 0; n < 8; n += 1) {
        await sleep(between(random, 20, 300));
        proxy.cut();
      }
    },
  },
  {
    name: 'network carries nothing',
    async strike({ proxy }, random) {
      proxy.freeze();
      await sleep(between(random, 500, 4_000));
      proxy.cut();
    },
  },
  {
    name: 'target refuses connections',
    async strike({ proxy }, random) {
      proxy.refuses = true;
      proxy.cut();
      await sleep(between(random, 500, 3_000));
      proxy.refuses = false;
    },
  },
  {
    name: 'network is slow',
    async strike({ proxy }, random) {
      proxy.bytesPerSecond = 200_000;
      await sleep(between(random, 500, 3_000));
      proxy.unlimit();
    },
  },
  { name: 'agent killed', strike: (world) => world.restartAgent('SIGKILL') },
  { name: 'agent restarted', strike: (world) => world.restartAgent('SIGTERM') },
  { name: 'receiver killed', strike: (world) => world.restartReceiver('SIGKILL') },
  { name: 'receiver restarted', strike: (world) => world.restartReceiver('SIGTERM') },
  {
    name: 'every rsync killed',
    strike: async ({ agent, world }) => void killRsyncs([agent.pid, world.receiver.pid]),
  },
  { name: 'agent stopped', strike: ({ agent }, random) => stopFor([agent.pid], between(random, 100, 3_000)) },
  {
    name: 'receiver stopped',
    strike: ({ world }, random) => stopFor([world.receiver.pid], between(random, 100, 3_000)),
  },
  {
    name: 'every rsync stopped',
    strike: (world, random) => stopFor(rsyncsOf(world), between(random, 100, 2_000)),
  },
  {
    name: 'agent killed while its rsyncs are stopped',
    async strike(world, random) {
      const stopped = stopFor(rsyncsOf(world), between(random, 500, 2_500));
      await world.restartAgent('SIGKILL');
      await stopped;
    },
  },
  { name: 'clock of the agent set', strike: ({ agent }, random) => setOff(agent.pid, random) },
  { name: 'clock of the receiver set', strike: ({ world }, random) => setOff(world.receiver.pid, random) },
  {
    name: 'agent short of open files',
    strike: (world, random) => runShortOfFiles(world.agent.pid, random),
  },
  {
    name: 'receiver short of open files',
    strike: (world, random) => runShortOfFiles(world.world.receiver.pid, random),
  },
  {
    name: 'file system inside the source gone',
    needsDisk: true,
    async strike(world, random) {
      world.unmountInside();
      await sleep(between(random, 300, 6_000));
      world.mountInside();
    },
  },
  {
    name: 'target full',
    needsDisk: true,
    async strike(world, random) {
      world.leaveRoom('target', random.below(256));
      await sleep(between(random, 500, 4_000));
      world.leaveRoom('target');
    },
  },
  {
    name: 'state of the agent full',
    needsDisk: true,
    async strike(world, random) {
      world.leaveRoom('state of the agent', random.pick([0, 0, 4, 64]));
      await sleep(between(random, 300, 3_000));
      // What it writes as it ends then is cut off, and is what the next one reads.
      if (random.below(3) > 0) await world.restartAgent(random.pick(['SIGTERM', 'SIGKILL']));
      await sleep(random.below(2_000));
      world.leaveRoom('state of the agent');
    },
  },
  {
    name: 'target read-only',
    needsDisk: true,
    async strike(world, random) {
      if (!(await becomeReadOnly(world))) return;
      await sleep(between(random, 300, 4_000));
      world.setReadOnly(false);
    },
  },
];
