import { closeSync, openSync, readdirSync } from 'node:fs';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readDurable, withBallast, writeDurable } from '../volume/durable-file.ts';
import type { Place } from './move-away.ts';
import { putBack } from './put-back.ts';

/** Where one mass of deletions is kept: on a volume, or on a model of one. */
export interface MassDirectory {
  readonly path: string;
  /** Durable when it resolves. */
  writeNote(note: unknown): Promise<void>;
  /** Added to the index; durable when it resolves. */
  addLines(lines: string): Promise<void>;
  /** The index; empty where nothing was added yet. */
  readLines(): Promise<string>;
  /** How many entries are there. */
  count(): number;
  place(name: string): Place;
  /** Renames an entry back to a path (binary string) of the replica. @returns as `putBack` does */
  putBack(path: string, name: string): string | null;
  close(): void;
}

/** All masses of one volume, by their ids. */
export interface MassDirectories {
  ids(): Promise<readonly string[]>;
  pathOf(id: string): string;
  make(id: string): Promise<MassDirectory>;
  /** Undefined for what was being made when the receiver ended: nothing was moved there yet. */
  load(id: string): Promise<{ readonly directory: MassDirectory; readonly note: unknown } | undefined>;
}

/** Below `path`, of the replica `root`; `ballast` is given up on a full disk, for a mass that is not kept is not deleted either. */
export const massDirectoriesIn = (path: string, root: string, ballast: string): MassDirectories => ({
  ids: () => readdir(path),
  pathOf: (id) => join(path, id),
  async make(id) {
    await withBallast(ballast, () => mkdir(join(path, id, 'entries'), { recursive: true, mode: 0o700 }));
    return openDirectory(join(path, id), { root, ballast, length: 0 });
  },
  async load(id) {
    const note = await readDurable(join(path, id, 'note.json'));
    if (note === undefined) return undefined;
    const lines = await readLines(join(path, id));
    return { directory: openDirectory(join(path, id), { root, ballast, length: lines.lastIndexOf('\n') + 1 }), note };
  },
});

const indexOf = (path: string): string => join(path, 'index');

const readLines = (path: string): Promise<string> =>
  readFile(indexOf(path), 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });

const openDirectory = (
  path: string,
  /** `length`: the bytes of the index that count. */
  { root, ballast, length }: { readonly root: string; readonly ballast: string; readonly length: number },
): MassDirectory => {
  let end = length;
  const entries = openSync(join(path, 'entries'), 'r');
  const addLines = async (lines: string): Promise<void> => {
    const file = await open(indexOf(path), 'a', 0o600);
    try {
      // What a full disk or a crash cut off is no line: what follows would be of another number than its place.
      await file.truncate(end);
      await file.writeFile(lines);
      await file.datasync();
    } finally {
      await file.close();
    }
    end += lines.length;
  };
  return {
    path,
    writeNote: (note) => withBallast(ballast, () => writeDurable(join(path, 'note.json'), JSON.stringify(note))),
    addLines: (lines) => withBallast(ballast, () => addLines(lines)),
    readLines: () => readLines(path),
    count: () => readdirSync(join(path, 'entries')).length,
    place: (name) => ({ fd: entries, name }),
    putBack: (to, name) => putBack(root, to, { fd: entries, name }),
    close: () => closeSync(entries),
  };
};
