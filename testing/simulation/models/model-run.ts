import { mainReason, parseComplaints, refusalReason } from '../../../sidecar/agent/rsync/complaints.ts';
import { explainExit } from '../../../sidecar/agent/rsync/exit-codes.ts';
import type { Run, RunResult } from '../../../sidecar/agent/rsync/run.ts';
import { parseStats } from '../../../sidecar/agent/rsync/stats.ts';
import type { FailureReason } from '../../../sidecar/protocol/agent-status.ts';
import type { PreserveRequest } from '../../../sidecar/protocol/past/preserve.ts';
import type { Random } from '../../storm/random.ts';
import type { Life } from '../world/life.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { happens, pause } from '../world/streams.ts';
import type { ServerRun } from './model-receiver.ts';
import type { ModelTarget } from './model-target.ts';
import { type PushContext, push, type Side } from './rsync/push.ts';
import type { PushEnd } from './rsync/push-report.ts';
import { parseFlags } from './rsync/rsync-options.ts';
import type { Volume } from './volume.ts';

export interface ModelRunOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly life: Life;
  readonly target: ModelTarget;
  readonly source: Volume;
  readonly now: () => number;
  readonly epoch: number;
  readonly flags: readonly string[];
  readonly onOutput: ((chunk: Buffer) => void) | undefined;
  /** Told before every step that the receiver's half makes. */
  readonly onServerStep: (epoch: number) => void;
}

const stepMs = 0.4;
const stallMs = 60_000;
/** A way that hangs is looked at so often. */
const hangingMs = 500;
/** How long a daemon may go on with what it has when its client is gone: a slow disk takes long. */
const lingerMs = 4_000;
const roots = { source: '/source', target: '/data' };

/** An rsync process of the agent and the daemon that it talks to, which may outlive it. */
export class ModelRun implements Run {
  readonly finished: Promise<RunResult>;
  readonly #options: ModelRunOptions;
  readonly #server: ServerRun;
  #resolve: (result: RunResult) => void = () => {};
  #steps: Generator<Side, PushEnd> | undefined;
  #list: Buffer | undefined;
  #preserve: PreserveRequest | undefined;
  #side: Side = 'sender';
  #isConnected = false;
  #isBroken = false;
  #hasEnded = false;
  #isServed = false;
  #isOutputHeld = false;
  #hangsSince: number | undefined;
  readonly #release: (() => void)[] = [];

  constructor(options: ModelRunOptions) {
    this.#options = options;
    // Killed by the receiver, it does nothing more, and its client notices.
    const kill = (): void => {
      this.#endServer();
      this.#breakOff();
    };
    this.#server = { epoch: options.epoch, kill };
    this.finished = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { scheduler, life } = options;
    const { network } = options.target;
    this.#release.push(
      network.onCut(() => this.#breakOff()),
      life.onEnd(() => this.#leave()),
    );
    scheduler.after(network.delayMs * 2, () => this.#connect());
  }

  get ended(): boolean {
    return this.#hasEnded;
  }

  feed(list: Buffer, preserve?: PreserveRequest): Promise<RunResult> {
    this.#list = list;
    this.#preserve = preserve;
    if (this.#isBroken) this.#breakOff();
    else this.#begin();
    return this.finished;
  }

  holdOutput(hold: boolean): void {
    this.#isOutputHeld = hold;
  }

  kill(): void {
    this.#leave();
    this.#end(null, '', '');
  }

  #connect(): void {
    const { target, epoch } = this.#options;
    const { network, receiver } = target;
    if (this.#hasEnded) return;
    if (network.state === 'hanging') {
      this.#later(() => this.#connect(), hangingMs);
      return;
    }
    if (network.state === 'cut' || !receiver.isUp) {
      this.#end(10, '', 'rsync: failed to connect\n');
      return;
    }
    const refused = target.isDaemon ? null : receiver.refuses(epoch);
    if (refused !== null) {
      this.#end(5, '', `@ERROR: ${refused.code} ${refused.message}\n`);
      return;
    }
    this.#isConnected = true;
    this.#isServed = true;
    receiver.runs.add(this.#server);
    this.#begin();
  }

  #begin(): void {
    if (this.#list === undefined || !this.#isConnected || this.#hasEnded || this.#steps !== undefined) return;
    const { source, target, random, now, flags, epoch } = this.#options;
    const { receiver } = target;
    if (
      this.#preserve !== undefined &&
      !this.#isPreserved(() => receiver.preserve(this.#preserve as PreserveRequest, epoch))
    )
      return;
    const context: PushContext = {
      source,
      target: receiver.data,
      partials: receiver.partials,
      options: parseFlags(flags),
      lines: this.#list.toString('latin1').split('\0').slice(0, -1),
      places: { ...roots, module: 'volume' },
      random,
      now,
    };
    this.#steps = push(context);
    this.#later(() => this.#step());
  }

  /** What can't be kept must not be replaced either. */
  #isPreserved(preserve: () => void): boolean {
    try {
      preserve();
      return true;
    } catch {
      this.#server.kill();
      return false;
    }
  }

  #step(): void {
    const { scheduler, target } = this.#options;
    const { network } = target;
    if (this.#steps === undefined || !this.#isServed || this.#hasEnded) return;
    if (network.state === 'hanging' || this.#isOutputHeld) {
      this.#hangsSince ??= scheduler.now;
      if (scheduler.now - this.#hangsSince > stallMs) {
        this.#stall();
        return;
      }
      this.#later(() => this.#step(), hangingMs);
      return;
    }
    this.#hangsSince = undefined;
    this.#options.onServerStep(this.#options.epoch);
    const next = this.#steps.next();
    if (!next.done) {
      this.#side = next.value;
      // A slow disk takes long to close a file.
      const isSlow = this.#side === 'finish' && !target.isDaemon && happens(this.#options.random, 12);
      this.#later(() => this.#step(), pause(this.#options.random, isSlow ? lingerMs : stepMs));
      return;
    }
    this.#endServer();
    const { code, stdout, stderr } = next.value;
    this.#later(() => this.#end(code, stdout, stderr));
  }

  /** The client is gone: the daemon ends, but may first finish a file that it has all of. */
  #leave(): void {
    if (!this.#isServed) return;
    // No epoch fences what a plain daemon would finish later: docs/proof.md.
    if (this.#side !== 'finish' || this.#options.target.isDaemon) {
      this.#endServer();
      return;
    }
    this.#side = 'sender';
    const { scheduler, random } = this.#options;
    scheduler.after(pause(random, lingerMs), () => {
      if (!this.#isServed) return;
      this.#options.onServerStep(this.#options.epoch);
      this.#steps?.next();
      this.#endServer();
    });
  }

  #breakOff(): void {
    this.#leave();
    // rsync that waits for its list looks at nothing else. How an agent looks after a plain daemon is no part of this.
    if (this.#isConnected && this.#list === undefined && !this.#options.target.isDaemon) {
      this.#isBroken = true;
      return;
    }
    this.#later(() => this.#end(12, '', 'rsync: connection unexpectedly closed\n'));
  }

  #stall(): void {
    this.#leave();
    this.#end(null, '', '', 'Stalled');
  }

  #endServer(): void {
    if (!this.#isServed) return;
    this.#isServed = false;
    this.#options.target.receiver.runs.delete(this.#server);
    this.#steps?.return({ code: 0, stdout: '', stderr: '' });
  }

  #later(run: () => void, ms = pause(this.#options.random, stepMs)): void {
    this.#options.scheduler.after(ms, run);
  }

  #end(code: number | null, stdout: string, stderr: string, stalled?: FailureReason): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const release of this.#release) release();
    if (this.#options.life.isOver) return;
    if (stdout !== '') this.#options.onOutput?.(Buffer.from(stdout, 'latin1'));
    const complaints = parseComplaints(stderr, roots);
    const meaning = explainExit(code);
    const outcome = stalled === undefined ? meaning.outcome : 'again';
    const found = meaning.outcome === 'partial' ? mainReason(complaints) : undefined;
    this.#resolve({
      outcome,
      code,
      reason: stalled ?? (outcome === 'ok' ? undefined : (refusalReason(stderr) ?? found ?? meaning.reason)),
      message: stderr.split('\n')[0] ?? '',
      complaints,
      complaintsCut: false,
      stats: parseStats(stdout),
      traffic: { sent: 0, received: 0 },
      durationMs: 1,
    });
  }
}
