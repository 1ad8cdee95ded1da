import type { RelPath } from '../../../../sidecar/agent/changes/change.ts';
import { escapeName } from '../../../../sidecar/agent/rsync/itemize.ts';
import type { ListEntry } from './file-list.ts';
import { type Counts, errnoOf, noCounts, type Places, statsText, targetComplaint } from './messages.ts';

export interface PushEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run says and counts, and so how it ends. */
export class PushReport {
  readonly counts: Counts = noCounts();
  readonly #places: Places;
  /** Said by any run. */
  readonly #notes: string[] = [];
  readonly #out: string[] = [];
  readonly #errors: string[] = [];
  vanished = false;
  failed = false;
  /** Deletions were left undone for their number. */
  withheld = false;
  /** The code that ends the run at once. */
  fatal: number | undefined;

  constructor(places: Places) {
    this.#places = places;
  }

  end(itemizes: boolean): PushEnd {
    const code = this.fatal ?? (this.failed ? 23 : this.vanished ? 24 : this.withheld ? 25 : 0);
    if (this.fatal !== undefined)
      this.error(`rsync error: error in file IO (code ${code}) at receiver.c(1) [receiver=3.5.0]`);
    else if (code !== 0)
      this.error(`rsync error: some files/attrs were not transferred (code ${code}) at main.c(1) [sender=3.5.0]`);
    const items = itemizes ? this.#out.join('') : '';
    const said = `${this.#notes.join('')}${items}${this.fatal === undefined ? statsText(this.counts) : ''}`;
    return { code, stdout: said, stderr: this.#errors.map((line) => `${line}\n`).join('') };
  }

  say(line: string): void {
    this.#out.push(`${line}\n`);
  }

  skipped(path: RelPath): void {
    this.#notes.push(`skipping non-regular file "${escapeName(path)}"\n`);
  }

  error(...lines: readonly string[]): void {
    this.#errors.push(...lines);
  }

  item(item: string, { path, type, size }: ListEntry): void {
    const name = path === '' ? './' : type === 'directory' ? `${escapeName(path)}/` : escapeName(path);
    this.say(`${item} ${size} ${name}`);
  }

  deleted(path: RelPath, isDirectory: boolean): void {
    this.say(`*deleting   0 ${escapeName(path)}${isDirectory ? '/' : ''}`);
    this.counts.deleted += 1;
  }

  /** The target refused a call. */
  complain(call: string, path: RelPath, error: string): void {
    const errno = errnoOf[error] ?? 5;
    if (errno === 28) this.fatal = 11;
    this.error(targetComplaint(this.#places, 'generator', call, path, errno));
    this.failed = true;
  }
}
