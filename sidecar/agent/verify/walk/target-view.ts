import type { ControlClient } from '../../../protocol/connection/control-client.ts';
import { encodeName, type HashedPiece, type ListedDirectory, type ListedEntry } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { nameOf, parentOf } from '../../changes/paths.ts';
import type { Piece } from '../judge/suspects.ts';
import type { WalkedDirectory } from './walk-chunks.ts';

/** A receiver's replica, looked into by the operations of the control connection. */
export class TargetView {
  readonly #control: ControlClient;
  readonly #epoch: number;

  constructor(control: ControlClient, epoch: number) {
    this.#control = control;
    this.#epoch = epoch;
  }

  /** What the target has in the same directories, or in the same parts of them. */
  async list(
    directories: readonly Pick<WalkedDirectory, 'path' | 'part' | 'content'>[],
  ): Promise<readonly ListedDirectory[]> {
    const answer = await this.#control.list({
      epoch: this.#epoch,
      directories: directories.map(({ path, part, content }) => ({
        path: encodeName(path),
        ...(part === undefined ? {} : { part }),
        ...(content === undefined ? {} : { content }),
      })),
    });
    return answer.directories;
  }

  /** What the target has under some names. */
  async look(paths: readonly RelPath[]): Promise<ReadonlyMap<RelPath, ListedEntry>> {
    const groups = groupByParent(paths);
    const { directories } = await this.#control.list({
      epoch: this.#epoch,
      directories: groups.map(({ directory, names }) => ({
        path: encodeName(directory),
        names: names.map(encodeName),
      })),
    });
    return entriesByPath(groups, directories);
  }

  async hash(pieces: readonly ({ readonly path: RelPath } & Piece)[]): Promise<readonly HashedPiece[]> {
    const asked = pieces.map(({ path, from, length }) => ({ path: encodeName(path), from, length }));
    return (await this.#control.hash({ epoch: this.#epoch, pieces: asked })).pieces;
  }
}

interface NamesInDirectory {
  readonly directory: RelPath;
  readonly names: readonly string[];
}

export function groupByParent(paths: readonly RelPath[]): NamesInDirectory[] {
  const groups = new Map<RelPath, string[]>();
  for (const path of paths) {
    const names = groups.get(parentOf(path)) ?? [];
    names.push(nameOf(path));
    groups.set(parentOf(path), names);
  }
  return [...groups].map(([directory, names]) => ({ directory, names }));
}

export function entriesByPath(
  groups: readonly NamesInDirectory[],
  listed: readonly ListedDirectory[],
): ReadonlyMap<RelPath, ListedEntry> {
  const found = new Map<RelPath, ListedEntry>();
  groups.forEach(({ directory, names }, index) => {
    const entries = new Map(listed[index]?.entries.map((entry) => [entry.name, entry]));
    for (const name of names) {
      const entry = entries.get(encodeName(name));
      if (entry !== undefined) found.set(directory === '' ? name : `${directory}/${name}`, entry);
    }
  });
  return found;
}
