import type { PassProgress } from '../../protocol/agent-status.ts';
import type { RunStats } from '../rsync/stats.ts';

/** A line of `--info=progress2 --no-human-readable`: bytes, and with a file's end how many there were. Each ends with \r or \n. */
const line = /^ *(\d+) +\d+% [^\r\n]*?(?:\(xfr#(\d+),[^\r\n]*)?[\r\n]/gm;

/** How far a restore is. What it has to bring is counted before it begins, so the total stands from then on. */
export class RestoreProgress {
  readonly #startedAt: number;
  readonly #now: () => number;
  #total: Pick<RunStats, 'transferred' | 'transferredBytes'> | undefined;
  #bytesDone = 0;
  #filesDone = 0;
  #rest = '';

  /** @param now ms since the epoch: people read it */
  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
  }

  begin(total: Pick<RunStats, 'transferred' | 'transferredBytes'>): void {
    this.#total = total;
  }

  /** Takes a piece of what rsync prints. */
  accept(chunk: Buffer): void {
    const text = this.#rest + chunk.toString('latin1');
    let end = 0;
    for (const [whole, bytes, files] of text.matchAll(line)) {
      this.#bytesDone = Math.max(this.#bytesDone, Number(bytes));
      if (files !== undefined) this.#filesDone = Number(files);
      end = text.indexOf(whole, end) + whole.length;
    }
    this.#rest = text.slice(end).slice(-maxLine);
  }

  progress(): PassProgress {
    const { transferred = 0, transferredBytes = 0 } = this.#total ?? {};
    // A file that has grown since it was counted is no more than all there is.
    const bytesDone = Math.min(this.#bytesDone, transferredBytes);
    const seconds = (this.#now() - this.#startedAt) / 1000;
    return {
      phase: 'Restore',
      step: this.#total === undefined ? 'Comparing' : 'Transferring',
      filesDone: Math.min(this.#filesDone, transferred),
      filesTotal: transferred,
      bytesDone,
      bytesTotal: transferredBytes,
      startedAt: this.#startedAt,
      etaSeconds: bytesDone > 0 && seconds > 0 ? (transferredBytes - bytesDone) / (bytesDone / seconds) : null,
    };
  }
}

/** What is not a whole line yet is no longer than this. */
const maxLine = 256;
