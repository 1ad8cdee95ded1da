import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { errorCode } from '../../../src/process/failure.ts';
import { type Looker, makeLooker, stateMask } from '../../../src/process/system/statx.ts';
import type { Filter } from '../../filter/filter.ts';
import type { SourceRoot } from '../source/source-root.ts';
import { bindWatchCalls } from '../watch/inotify/libc.ts';
import { identifyVolume, type VolumeIdentity } from './volume-identity.ts';
import { type StateVisitor, walkStates } from './walk-states.ts';

/** What an outline is of. */
export interface OutlineSubject {
  readonly root: Pick<SourceRoot, 'path' | 'bytes' | 'boot' | 'check'> & { readonly mounts: { readonly any: boolean } };
  readonly filter: Filter;
  readonly events: ReplicationSettings['events'];
}

/** What outlines are made from and kept in: a source and a state directory, or models of them. */
export interface OutlineEdges {
  readonly makeLooker: () => Looker;
  /** Goes through all there is, slice by slice. */
  readonly walk: (subject: OutlineSubject, looker: Looker, visitor: StateVisitor) => Generator<void>;
  readonly identify: (root: OutlineSubject['root']) => VolumeIdentity | undefined;
  /** @returns what says whether a slice of so much is over */
  readonly slice: (ms: number) => () => boolean;
  /** Between two slices. */
  readonly rest: () => Promise<unknown>;
  /** @returns undefined where there is none */
  readonly read: (id: string) => Buffer | undefined;
  /** A reader finds all of it or nothing. @throws when it can't be written */
  readonly write: (id: string, outline: readonly Buffer[]) => Promise<void>;
  /** Removes all others. @throws when they can't be */
  readonly keepOnly: (ids: ReadonlySet<string | undefined>) => void;
}

const prefix = 'outline-';

/** Outlines of what the kernel shows, in files of a state directory. */
export function makeOutlineEdges(stateDir: string): OutlineEdges {
  const fileOf = (id: string): string => join(stateDir, `${prefix}${id}`);
  return {
    makeLooker: () => makeLooker(stateMask),
    walk: ({ root, filter }, looker, visitor) =>
      walkStates({ calls: bindWatchCalls(), looker, root: root.bytes, filter, visitor }),
    identify: (root) => identifyVolume(root.path, root.boot()),
    slice: (ms) => {
      const until = performance.now() + ms;
      return () => performance.now() >= until;
    },
    rest: nextTurn,
    read: (id) => {
      try {
        return readFileSync(fileOf(id));
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: async (id, outline) => {
      await writeFile(`${fileOf(id)}.new`, outline, { mode: 0o600 });
      await rename(`${fileOf(id)}.new`, fileOf(id));
    },
    keepOnly: (ids) => {
      for (const name of readdirSync(stateDir))
        if (name.startsWith(prefix) && !ids.has(name.slice(prefix.length))) rmSync(join(stateDir, name));
    },
  };
}
