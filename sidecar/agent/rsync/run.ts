import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { FailureReason } from '../../protocol/agent-status.ts';
import type { PreserveRequest } from '../../protocol/past/preserve.ts';
import { collectOutput, type Output } from './collect-output.ts';
import { type Complaint, mainReason, parseComplaints, type Roots, refusalReason } from './complaints.ts';
import { type ExitMeaning, explainExit, type Outcome, withoutBanner } from './exit-codes.ts';
import { hasStats, parseStats, parseTraffic, type RunStats } from './stats.ts';
import type { Dial, Ticket, Traffic, Tunnel } from './tunnel.ts';

export interface RunRequest {
  readonly rsync: string;
  readonly flags: readonly string[];
  /** As rsync takes them; a binary string, the directory with a trailing slash. */
  readonly source: string;
  readonly destination: string;
  readonly password: string | undefined;
  readonly tunnel: Tunnel;
  readonly dial: Dial;
  /** rsync's remote shell; then nothing is dialed. */
  readonly rsh?: string | undefined;
  /** What is dialed expects frames: see framed-rsync.ts. */
  readonly isFramed?: boolean;
  readonly roots: Roots;
  /** A run that moves no byte for so long is ended (ms). */
  readonly stallMs: number;
  /** Is given all that the process prints, piece by piece. */
  readonly onOutput?: (chunk: Buffer) => void;
}

/** One process, as those see it who give it work. */
export interface Run {
  readonly finished: Promise<RunResult>;
  readonly ended: boolean;
  /** Gives it its list and lets it go; a target with a history is told before what to preserve. */
  feed(list: Buffer, preserve?: PreserveRequest): Promise<RunResult>;
  /** Lets its output wait (it soon stands still), or go on. */
  holdOutput(hold: boolean): void;
  /** Ends it at once; `finished` still resolves. */
  kill(): void;
}

export interface RunResult {
  readonly outcome: Outcome;
  readonly code: number | null;
  readonly reason: FailureReason | undefined;
  readonly message: string;
  readonly complaints: readonly Complaint[];
  /** There were more of them than are kept: what is not complained about may have failed too. */
  readonly complaintsCut: boolean;
  readonly stats: RunStats;
  readonly traffic: Traffic;
  /** From being fed to the end, ms. */
  readonly durationMs: number;
}

/**
 * One rsync process: started, connected and waiting for its list, then fed once.
 * By node:child_process: execa costs an agent 10 MiB of memory, and each run more time than it takes rsync to start.
 */
export class RsyncRun implements Run {
  readonly startedAt = performance.now();
  readonly finished: Promise<RunResult>;
  #fedAt: number | undefined;
  #stalled = false;
  #ended = false;
  #isHeld = false;
  /** Undefined where it could not be begun at all. */
  readonly #process: ChildProcess | undefined;
  readonly #ticket: Ticket;
  readonly #stallMs: number;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(request: RunRequest) {
    this.#ticket = request.rsh === undefined ? request.tunnel.issue(request.dial, request.isFramed) : noTicket;
    this.#stallMs = request.stallMs;
    const env: Record<string, string> = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };
    if (request.rsh === undefined) env.RSYNC_PROXY = this.#ticket.proxy;
    if (request.password !== undefined) env.RSYNC_PASSWORD = request.password;
    const args = [...request.flags, ...shellArgs(request), '--', request.source, request.destination];
    let end: ReturnType<typeof exitOf>;
    try {
      this.#process = spawn(request.rsync, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
      end = exitOf(this.#process);
    } catch (error) {
      // As without memory for another process.
      end = Promise.resolve({ code: null, error: error as Error });
    }
    // A process that ends before it has read its list breaks the pipe: its exit says why.
    this.#process?.stdin?.on('error', () => {});
    if (request.onOutput !== undefined) this.#process?.stdout?.on('data', request.onOutput);
    const stdout = collectOutput(this.#process?.stdout);
    const stderr = collectOutput(this.#process?.stderr);
    this.finished = this.#finish(request, end, stdout, stderr);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Gives the process its list (NUL-separated paths) and lets it go. */
  feed(list: Buffer, preserve?: PreserveRequest): Promise<RunResult> {
    if (preserve) this.#ticket.preserve(preserve);
    this.#fedAt = performance.now();
    this.#process?.stdin?.end(list);
    this.#watch();
    return this.finished;
  }

  holdOutput(hold: boolean): void {
    this.#isHeld = hold;
    if (hold) this.#process?.stdout?.pause();
    else this.#process?.stdout?.resume();
  }

  /** Ends the process at once; `finished` still resolves. */
  kill(): void {
    this.#process?.kill('SIGKILL');
    this.#ticket.close();
  }

  async #finish(
    request: RunRequest,
    end: ReturnType<typeof exitOf>,
    stdout: () => Output,
    stderr: () => Output,
  ): Promise<RunResult> {
    const { code, error } = await end;
    this.#ended = true;
    clearInterval(this.#watchdog);
    const dialError = this.#ticket.error();
    const tunneled = this.#ticket.traffic();
    this.#ticket.close();
    const { text, cut } = stderr();
    const said = withoutBanner(text);
    const complaints = parseComplaints(said, request.roots);
    const printed = stdout().text;
    // rsync ends with 0 too when what it printed could not be written: what has its statistics at the end is whole.
    const isCut = code === 0 && !hasStats(printed);
    const meaning = isCut ? cutShort : explainExit(code, said);
    const spawnFailed = error !== undefined;
    const outcome = this.#stalled || spawnFailed ? 'again' : dialError !== undefined ? 'again' : meaning.outcome;
    return {
      outcome,
      code,
      reason: this.#stalled
        ? 'Stalled'
        : spawnFailed
          ? 'Internal'
          : outcome === 'ok'
            ? undefined
            : (refusalReason(said) ??
              (meaning.outcome === 'partial' ? mainReason(complaints) : undefined) ??
              meaning.reason),
      message: dialError?.message ?? error?.message ?? (isCut ? 'what rsync printed was cut short' : firstLine(said)),
      complaints,
      complaintsCut: cut,
      stats: parseStats(printed),
      traffic: request.rsh === undefined ? tunneled : parseTraffic(printed),
      durationMs: performance.now() - (this.#fedAt ?? this.startedAt),
    };
  }

  /** Ends a run that neither moves bytes nor reads files: rsync's own time-out does not cover its sender. */
  #watch(): void {
    let last = this.#progressMark();
    let idleSince = performance.now();
    this.#watchdog = setInterval(
      () => {
        const mark = this.#progressMark();
        if (mark !== last || this.#isHeld) {
          last = mark;
          idleSince = performance.now();
        } else if (performance.now() - idleSince > this.#stallMs) {
          this.#stalled = true;
          this.kill();
        }
      },
      Math.max(50, this.#stallMs / 10),
    );
    this.#watchdog.unref();
  }

  #progressMark(): string {
    const { sent, received } = this.#ticket.traffic();
    return `${sent} ${received} ${readIo(this.#process?.pid)}`;
  }
}

/** Of a run by a remote shell. */
const noTicket: Ticket = {
  proxy: '',
  traffic: () => ({ sent: 0, received: 0 }),
  preserve: () => {},
  error: () => undefined,
  close: () => {},
};

const shellArgs = ({ rsh }: RunRequest): string[] => (rsh === undefined ? [] : [`--rsh=${rsh}`]);

const cutShort: ExitMeaning = { outcome: 'again', reason: 'Internal' };

/** The end of a process and of what it prints; `code` null means a signal, or that it never started (`error`). */
function exitOf(child: ChildProcess): Promise<{ code: number | null; error?: Error }> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code) => resolve({ code }));
  });
}

/** Bytes that a process of ours has read and written by any call; '' where the system doesn't say. */
function readIo(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/io`, 'latin1').split('\n', 2).join(' ');
  } catch {
    return '';
  }
}

function firstLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  return lines.find((line) => line.includes('@ERROR')) ?? lines[0] ?? '';
}
