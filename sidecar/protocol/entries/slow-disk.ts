/** A small file that takes so long was not in memory, or this process waited for a processor. */
const slowMs = 2;
const slowFor = 200;

/** Whether small files are left to threads for a while, so that a slow disk holds up nothing else. */
export class SlowDisk {
  readonly #blocksRead: () => number;
  #before = 0;
  #left = 0;

  /** `blocksRead`: what this process had disks read until now. */
  constructor(blocksRead: () => number) {
    this.#blocksRead = blocksRead;
    this.#before = blocksRead();
  }

  isSlow(): boolean {
    return this.#left > 0;
  }

  /** A small file was read on the thread of the event loop, which took so long, ms. */
  onRead(tookMs: number): void {
    if (tookMs <= slowMs) return;
    const blocks = this.#blocksRead();
    if (blocks > this.#before) this.#left = slowFor;
    this.#before = blocks;
  }

  onLeftToThreads(): void {
    this.#left = Math.max(0, this.#left - 1);
  }
}

/** Of all that this process reads. */
export const slowDisk = new SlowDisk(() => process.resourceUsage().fsRead);
