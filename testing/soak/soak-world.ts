import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentProcess } from '../../sidecar/agent/testing/agent-process.ts';
import { ProcessWorld } from '../../sidecar/agent/testing/process-world.ts';
import { TcpProxy } from '../../sidecar/agent/testing/tcp-proxy.ts';
import { MovedDirectories } from './moved-directories.ts';

const ampleMebibytes = 1_024;

/** What can run full. */
export type Disk = 'target' | 'state of the agent';

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

  private constructor(
    world: ProcessWorld,
    proxy: TcpProxy,
    hasDisk: boolean,
    agent: AgentProcess,
    inside: string | undefined,
  ) {
    this.world = world;
    this.proxy = proxy;
    this.hasDisk = hasDisk;
    this.agent = agent;
    this.inside = inside;
    this.isInsideThere = inside !== undefined;
  }

  static async start({ hasDisk }: { readonly hasDisk: boolean }): Promise<SoakWorld> {
    let proxy: TcpProxy | undefined;
    const world = await ProcessWorld.start({
      // While no agent looks a storm may delete most of what there was: the guard would rightly hold that.
      sync: { deleteGuard: { maxPercent: 100, minFiles: 100 } },
      port: (receiver) => proxy?.port ?? receiver,
    });
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
    const inside = hasDisk ? join(world.source, 'inside') : undefined;
    if (inside !== undefined) {
      for (const directory of [inside, shelfOf(world)]) mkdirSync(directory);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'soak', shelfOf(world)]);
      execFileSync('mount', ['--bind', shelfOf(world), inside]);
    }
    return new SoakWorld(world, proxy, hasDisk, await world.startAgent(), inside);
  }

  async restartAgent(signal: NodeJS.Signals): Promise<void> {
    await this.agent.end(signal);
    this.agent = await this.world.startAgent();
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
    const mounted = this.hasDisk ? [this.world.volume, this.world.state, shelfOf(this.world)] : [];
    if (this.isInsideThere) mounted.push(this.inside as string);
    for (const mount of mounted) execFileSync('umount', ['--lazy', mount]);
    await this.world[Symbol.asyncDispose]();
  }
}
