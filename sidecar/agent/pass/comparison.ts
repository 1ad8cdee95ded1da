import type { RelPath } from '../changes/change.ts';
import { encodeFileList } from '../rsync/file-list.ts';
import { type Difference, type LeftOutWhy, parseItem, parseSkipped } from '../rsync/itemize.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import { compareSmallAndNew, type SizeAndAge } from '../schedule/small-and-new-first.ts';
import { FoundDeletions } from './found-deletions.ts';

export interface ComparisonOptions {
  /** Starts a dry run that tells what it prints. */
  readonly start: (onOutput: (chunk: Buffer) => void) => Run;
  readonly subtrees: readonly RelPath[];
  /** When a file was changed last, wall clock, ms; 0 where nobody knows. Absent: the order is by size alone. */
  readonly changedAt?: (path: RelPath) => number;
}

export type Found = Exclude<Difference, { kind: 'delete' }>;

/** Smaller files go by the thousand at once: to look at each would take longer than to send it. */
const leastAgedBytes = 64 * 1024;

interface Waiting extends SizeAndAge {
  readonly found: Found;
}

/** So many wait at most: then rsync stands still until some are worked through, so that a list costs no memory. */
const maxWaiting = 20_000;
const resumeBelow = 10_000;

/** What a dry run finds, while it finds it. Deletions are kept aside for the judge. */
export class Comparison {
  readonly deletions = new FoundDeletions();
  /** What is left out by what it is. */
  readonly leftOut: { readonly path: RelPath; readonly why: LeftOutWhy }[] = [];
  /** What is no directory at the source and one at the target that is not empty: it would go with all that is in it. */
  readonly inPlaceOfDirectories: Found[] = [];
  readonly result: Promise<RunResult>;
  readonly #run: Run;
  readonly #changedAt: (path: RelPath) => number;
  #waiting: Waiting[] = [];
  #rest = '';
  #isHeld = false;
  #wasHeld = false;
  #ended: RunResult | undefined;
  #wake: () => void = () => {};
  /** Differences but deletions, and their bytes, so far. */
  files = 0;
  bytes = 0;

  constructor({ start, subtrees, changedAt = () => 0 }: ComparisonOptions) {
    this.#changedAt = changedAt;
    this.#run = start((chunk) => this.#read(chunk));
    const list = subtrees.includes('') ? Buffer.from('.\0') : encodeFileList(subtrees);
    this.result = this.#run.feed(list).then((result) => {
      this.#ended = result;
      this.#wake();
      return result;
    });
  }

  /** It ended while we let it wait: what it found is true, but there is more. */
  get isCut(): boolean {
    return this.#wasHeld && this.#ended?.outcome === 'again';
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Up to `max` differences that were not given yet, of those that wait the small and new first; none when the dry run is over. */
  async next(max: number): Promise<readonly Found[]> {
    while (this.#waiting.length === 0 && this.#ended === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#waiting.sort(compareSmallAndNew);
    const found = this.#waiting.splice(0, max).map((one) => one.found);
    if (this.#isHeld && this.#waiting.length < resumeBelow) {
      this.#isHeld = false;
      this.#run.holdOutput(false);
    }
    return found;
  }

  close(): void {
    if (this.#ended === undefined) this.#run.kill();
  }

  #read(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
    if (!this.#isHeld && this.#waiting.length > maxWaiting) {
      this.#isHeld = true;
      this.#wasHeld = true;
      this.#run.holdOutput(true);
    }
    this.#wake();
  }

  #readLine(line: string): void {
    const difference = parseItem(line);
    if (difference === undefined) {
      const leftOut = parseSkipped(line);
      if (leftOut !== undefined) this.leftOut.push(leftOut);
    } else if (difference.kind === 'delete') this.deletions.add(difference.path);
    else {
      this.files += 1;
      if (difference.kind === 'content') this.bytes += difference.size;
      const makesWay = !difference.isDirectory && this.deletions.isIn(difference.path);
      if (makesWay) this.inPlaceOfDirectories.push(difference);
      else this.#waiting.push(this.#aged(difference));
    }
  }

  #aged(found: Found): Waiting {
    const bytes = found.kind === 'content' ? found.size : 0;
    return { found, bytes, changedAt: bytes < leastAgedBytes ? 0 : this.#changedAt(found.path) };
  }
}
