import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutlinePace } from '../../sidecar/agent/outline/outline-keeper.ts';
import { testSettings } from '../../sidecar/agent/testing/agent-fixture.ts';
import type { AgentProcess } from '../../sidecar/agent/testing/agent-process.ts';
import { ProcessWorld } from '../../sidecar/agent/testing/process-world.ts';
import { TcpProxy } from '../../sidecar/agent/testing/tcp-proxy.ts';
import { MovedDirectories } from './moved-directories.ts';

const ampleMebibytes = 1_024;

/** Soon enough for a round. What is written through a mapping may be older and not tell: nothing is, where this is used. */
const quickPace: OutlinePace = { everyMs: 500, ageMs: 2_500 };

/** What a world is made with. */
export interface SoakWorldOptions {
  readonly hasDisk: boolean;
  /** Its agents write down what the source is within seconds, so that one that is started anew may know where to look. */
  readonly trusts: boolean;
}

/** A program may give its files to other users. */
export const keepsOwners = process.getuid?.() === 0;

/** What can run full. */
export type Disk = 'target' | 'state of the agent';

const startAgent = (world: ProcessWorld, trusts: boolean): Promise<AgentProcess> =>
  world.startAgent(trusts ? { outlinePace: quickPace } : {});

const shelfOf = ({ base }: ProcessWorld): string => join(base, 'shelf');

/** An agent and a receiver as processes, a network between them that can be cut, disks of target and agent that can fill. */
export class SoakWorld implements AsyncDisposable {
  readonly world: ProcessWorld;
  readonly proxy: TcpProxy;
  /** Whether the target has a file system of its own, which takes the right to mount. */
  readonly hasDisk: boolean;
  /** A file system of its own inside the source, which may be gone for a while; undefined where there is none. */
  readonly inside: string | undefined;
  isInsideThere = false;
  readonly moved = new MovedDirectories();
  agent: AgentProcess;
  /** How many were started anew that had a claim on what the target has. */
  claims = 0;
  readonly #trusts: boolean;

  private constructor(
    world: ProcessWorld,
    proxy: TcpProxy,
    { hasDisk, trusts }: SoakWorldOptions,
    agent: AgentProcess,
    inside: string | undefined,
  ) {
    this.world = world;
    this.proxy = proxy;
    this.hasDisk = hasDisk;
    this.#trusts = trusts;
    this.agent = agent;
    this.inside = inside;
    this.isInsideThere = inside !== undefined;
  }

  static async start(options: SoakWorldOptions): Promise<SoakWorld> {
    const { hasDisk, trusts } = options;
    let proxy: TcpProxy | undefined;
    const world = await ProcessWorld.start({
      // While no agent looks a storm may delete most of what there was: the guard would rightly hold that.
      sync: {
        deleteGuard: { maxPercent: 100, minFiles: 100 },
        preserve: { ...testSettings.sync.preserve, owners: keepsOwners },
      },
      port: (receiver) => proxy?.port ?? receiver,
    });
    // Those users have to get there.
    for (const directory of [world.base, world.source]) chmodSync(directory, 0o755);
    if (hasDisk) {
      await world.receiver.end('SIGTERM');
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ampleMebibytes}m`, 'soak', world.volume]);
      await world.restartReceiver();
    }
    proxy = await TcpProxy.start(world.receiver.port);
    if (hasDisk) {
      mkdirSync(world.state);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${ampleMebibytes}m`, 'soak', world.state]);
    }
    // Of a source with a file system inside nothing is written down.
    const inside = hasDisk && !trusts ? join(world.source, 'inside') : undefined;
    if (inside !== undefined) {
      for (const directory of [inside, shelfOf(world)]) mkdirSync(directory);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'soak', shelfOf(world)]);
      execFileSync('mount', ['--bind', shelfOf(world), inside]);
    }
    return new SoakWorld(world, proxy, options, await startAgent(world, trusts), inside);
  }

  /** Whether an agent that is started now could know where to look. */
  get hasClaim(): boolean {
    const { state } = this.world;
    const files = readdirSync(state).filter((name) => /^target-.*\.json$/.test(name));
    return files.some((name) => JSON.parse(readFileSync(join(state, name), 'utf8')).claim != null);
  }

  async restartAgent(signal: NodeJS.Signals, whileAway: () => void = () => {}): Promise<void> {
    await this.agent.end(signal);
    if (this.hasClaim) this.claims += 1;
    whileAway();
    this.agent = await startAgent(this.world, this.#trusts);
  }

  async restartReceiver(signal: NodeJS.Signals): Promise<void> {
    await this.world.receiver.end(signal);
    await this.world.restartReceiver();
  }

  /** What is in it stays on its shelf. */
  unmountInside(): void {
    if (this.inside === undefined) return;
    this.isInsideThere = false;
    execFileSync('umount', ['--lazy', this.inside]);
    this.#noteInside();
  }

  mountInside(): void {
    if (this.inside === undefined) return;
    execFileSync('mount', ['--bind', shelfOf(this.world), this.inside]);
    this.isInsideThere = true;
    this.#noteInside();
  }

  /** What it holds has been at the source since, or has not, and no time of its own tells. */
  #noteInside(): void {
    this.moved.note(['inside'], Date.now());
  }

  /** Leaves so much room there, KiB; undefined for as much as anybody could want. */
  leaveRoom(disk: Disk, kibibytes?: number): void {
    // A size below what is used is refused, and what is used grows while it is asked for.
    for (let more = 0; ; more += 64) {
      const df = ['--output=used', '-k', this.#placeOf(disk)];
      const [, used] = execFileSync('df', df, { encoding: 'utf8' }).split('\n');
      // A size of 0 is no limit.
      const size = kibibytes === undefined ? ampleMebibytes * 1024 : Math.max(1, Number(used) + kibibytes + more);
      try {
        this.#remount(disk, `size=${size}k`);
        return;
      } catch (error) {
        if (kibibytes === undefined || more > 4_096) throw error;
      }
    }
  }

  /** @throws while something is being written there */
  setReadOnly(isReadOnly: boolean): void {
    this.#remount('target', isReadOnly ? 'ro' : 'rw');
  }

  #placeOf(disk: Disk): string {
    return disk === 'target' ? this.world.volume : this.world.state;
  }

  #remount(disk: Disk, option: string): void {
    const args = ['-o', `remount,${option}`, this.#placeOf(disk)];
    execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.proxy.close();
    for (const agent of this.world.agents) await agent.end('SIGKILL');
    await this.world.receiver.end('SIGKILL');
    const mounted = this.hasDisk ? [this.world.volume, this.world.state] : [];
    if (this.inside !== undefined) mounted.push(shelfOf(this.world));
    if (this.isInsideThere) mounted.push(this.inside as string);
    for (const mount of mounted) execFileSync('umount', ['--lazy', mount]);
    await this.world[Symbol.asyncDispose]();
  }
}
