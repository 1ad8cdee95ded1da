import type { Clock } from '../../../src/process/clock.ts';
import { errorCode } from '../../../src/process/failure.ts';
import type { Filter } from '../../filter/filter.ts';
import type { ControlClient } from '../../protocol/connection/control-client.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import type { FileCopy } from '../../protocol/copy.ts';
import type { RelPath } from '../changes/change.ts';
import { isStill } from '../send/outcome/still.ts';
import type { Look, SourceView } from '../source/source-view.ts';
import { leastBytes, type Originals } from './originals.ts';
import type { CopyReader } from './read-content.ts';

export interface CopierOptions {
  readonly control: ControlClient;
  readonly epoch: number;
  readonly source: SourceView;
  readonly reader: CopyReader;
  readonly filter: Filter;
  readonly clock: Clock;
  /** Entries of the whole when they were counted last, 0 if never. */
  readonly whole: () => number;
  /** Bytes per second that may go to the target, where there is a limit. */
  readonly bandwidthLimit: number | undefined;
  readonly onCopied: (bytes: number) => void;
}

type File = Extract<Look, { kind: 'file' }>;

/** What is known of the source is believed for so long; each original is looked at again before it is named. */
const freshMs = 20_000;
/** A look at one entry costs so much, and a fast network carries so much meanwhile. */
const lookSeconds = 8e-6;
const fastBytesPerSecond = 100e6;
const leastWorth = 1024 * 1024;
/** One call reads it all at the target. */
const mostBytes = 1024 * 1024 * 1024;
const mostTries = 32;

/** Has a receiver make copies of what it has, where new files of a source are copies of others. */
export class Copier {
  readonly #options: CopierOptions;
  #originals: Promise<Originals> | undefined;
  #foundAt = Number.NEGATIVE_INFINITY;
  /** Bytes of new files since a look at the source would have been worth it. */
  #waitingBytes = 0;
  #isRefused = false;

  constructor(options: CopierOptions) {
    this.#options = options;
  }

  /** @returns those of some new names of files below a size that the target now has as they are here, but for their attributes */
  async copy(fresh: Iterable<RelPath>, below = mostBytes): Promise<ReadonlySet<RelPath>> {
    const copied = new Set<RelPath>();
    const files = this.#isRefused ? [] : this.#worthTrying(fresh, below);
    if (files.length === 0 || !this.#isWorthLooking(files)) return copied;
    for (const [path, file] of files) {
      if (await this.#copyOne(path, file)) {
        copied.add(path);
        this.#options.onCopied(file.size);
      }
      if (this.#isRefused) break;
    }
    return copied;
  }

  #worthTrying(fresh: Iterable<RelPath>, below: number): (readonly [RelPath, File])[] {
    const files: (readonly [RelPath, File])[] = [];
    for (const path of fresh) {
      const look = this.#options.source.look(path);
      if (look.kind !== 'file' || look.size < leastBytes || look.size >= below) continue;
      // Links and holes are kept by runs.
      if (look.links === 1 && look.allocated >= look.size) files.push([path, look]);
    }
    return files;
  }

  /** To look at all of the source must cost less than to send what may be copies. */
  #isWorthLooking(files: readonly (readonly [RelPath, File])[]): boolean {
    const { clock, whole, bandwidthLimit = fastBytesPerSecond } = this.#options;
    if (clock.monotonic() - this.#foundAt < freshMs) return true;
    for (const [, { size }] of files) this.#waitingBytes += size;
    if (this.#waitingBytes < Math.max(leastWorth, whole() * lookSeconds * bandwidthLimit)) return false;
    this.#waitingBytes = 0;
    this.#foundAt = clock.monotonic();
    const { source, reader, filter } = this.#options;
    this.#originals = reader.originals((path, isDirectory) => filter.excludes(path, isDirectory));
    this.#originals.catch(() => {});
    return source.check() === 'same';
  }

  async #copyOne(path: RelPath, file: File): Promise<boolean> {
    const { control, epoch, source, reader, clock } = this.#options;
    try {
      const lookedAt = clock.now();
      const from = await this.#originalOf(path, file);
      if (from === undefined) return false;
      const { digest, mtime } = await reader.digest(path);
      const copy: FileCopy = { from: encode(from), to: encode(path), size: file.size, digest, mtime };
      const { results } = await control.copy({ epoch, copies: [copy] });
      return results[0]?.copied === true && isStill(file, source.look(path), lookedAt, source.tickMs);
    } catch (error) {
      if (error instanceof ControlFailure && error.code === 'BadRequest') {
        // It is of an earlier version, and everything is sent.
        this.#isRefused = true;
        return false;
      }
      // What can't be read here any more is told by the run.
      if (!(error instanceof ControlFailure) && notOurs.has(errorCode(error))) return false;
      throw error;
    }
  }

  /** A file that seems to have the same content, and that the target may have. */
  async #originalOf(path: RelPath, { size, modifiedAt, inode }: File): Promise<RelPath | undefined> {
    const { source, reader } = this.#options;
    const alike = ((await this.#originals)?.get(size) ?? []).flatMap((other) => {
      const look = other === path ? undefined : source.look(other);
      return look?.kind === 'file' && look.size === size && look.inode !== inode ? [{ other, look }] : [];
    });
    // `cp -a` keeps the time: what has it is tried first.
    alike.sort((a, b) => Number(b.look.modifiedAt === modifiedAt) - Number(a.look.modifiedAt === modifiedAt));
    if (alike.length === 0) return undefined;
    const sample = await reader.sample(path, size);
    for (const { other } of alike.slice(0, mostTries)) if ((await reader.sample(other, size)) === sample) return other;
    return undefined;
  }
}

const notOurs = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM', 'EIO']);

const encode = (path: RelPath): string => Buffer.from(path, 'latin1').toString('base64url');
