import { linkSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../../../src/process/failure.ts';
import { errnoOf, lastErrno } from '../../../../src/process/system/libc.ts';
import { temporaryDirectory } from '../../../protocol/receiver-layout.ts';
import { beneathCalls, cString, openBeneath, reasonOfErrno } from '../../beneath/open-beneath.ts';
import { moveAway, withWriteAccess } from '../../deletions/move-away.ts';
import type { VolumeDirectory } from '../../volume/volume-directory.ts';
import type { RollBackCalls, Seen } from '../history-edges.ts';
import type { Attributes } from '../journal/history-record.ts';
import { LookBefore } from '../keep/look-before.ts';
import { locate, type PastFiles } from '../read/past-files.ts';
import { noteEqualLooks } from './equal-looks.ts';
import { setAttributes } from './set-attributes.ts';

/** Renames and links in a volume's directory. */
export class VolumeRollBack implements RollBackCalls {
  readonly #directory: VolumeDirectory;
  readonly #files: PastFiles;
  readonly #look: LookBefore;

  constructor(directory: VolumeDirectory, files: PastFiles) {
    this.#directory = directory;
    this.#files = files;
    this.#look = new LookBefore(directory.data);
  }

  look(path: string): Seen | undefined {
    return this.#look.look(path);
  }

  forget(): void {
    this.#look.close();
    this.#files.close();
  }

  moveAway(place: string, to: Parameters<RollBackCalls['moveAway']>[1]): string | null {
    return moveAway(this.#directory.root, locate(place), to);
  }

  moveIn(place: string, path: string): string | null {
    return this.#rename(locate(place), path);
  }

  makeDirectory(path: string): void {
    const made = this.#look.pathOf(path);
    if (made) mkdirSync(made, 0o700);
  }

  putFile(place: string, attributes: Attributes, path: string): void {
    const beside = join(this.#directory.temporary, `past-${process.pid}`);
    linkSync(this.#files.pathOf(place), beside);
    try {
      const kept = this.#files.stat(place);
      if (kept) setAttributes(Buffer.from(beside), attributes, kept);
      const reason = this.#putInPlace(beside, path);
      if (reason !== null) throw new Error(reason);
    } catch (error) {
      unlinkSync(beside);
      throw error;
    }
  }

  setAttributes(path: string, attributes: Attributes, now: Seen): void {
    const at = this.#look.pathOf(path);
    if (at) setAttributes(at, attributes, now);
  }

  noteEqualLooks(paths: readonly string[]): void {
    noteEqualLooks(this.#directory, paths);
  }

  #putInPlace(beside: string, path: string): string | null {
    const place = this.#look.pathOf(path);
    try {
      if (place) renameSync(beside, place);
      return place ? null : 'NotFound';
    } catch (error) {
      // A directory of another's mode has to be opened up for a moment.
      if (errorCode(error) !== 'EACCES') throw error;
      return this.#rename(`${temporaryDirectory}/past-${process.pid}`, path);
    }
  }

  /** From below the volume's directory to a path of the replica. @returns null, or why not */
  #rename(from: string, path: string): string | null {
    const { renameat, close } = beneathCalls();
    const fromNames = from.split('/');
    const names = path.split('/');
    const fromName = fromNames.pop() ?? '';
    const name = names.pop() ?? '';
    const source = openBeneath(this.#directory.root, fromNames);
    if (source < 0) return reasonOfErrno(-source);
    const target = openBeneath(this.#directory.data, names);
    try {
      if (target < 0) return reasonOfErrno(-target);
      const move = (): number => (renameat(source, cString(fromName), target, cString(name)) === 0 ? 0 : lastErrno());
      let errno = move();
      if (errno === errnoOf('EACCES')) errno = withWriteAccess(target, name, move);
      return errno === 0 ? null : reasonOfErrno(errno);
    } finally {
      close(source);
      if (target >= 0) close(target);
    }
  }
}
