import type { FilterSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Random } from '../../storm/random.ts';
import { happens } from './streams.ts';

/**
 * What hardly happens by chance, and is brought about: see `provoke.ts`.
 * - `root`: the root is replaced while a comparison of what an exchange announced is under way.
 * - `away`: a target is used, not reached for a while, and hangs within milliseconds of when it is.
 * - `madeAgain`: a directory goes while nobody watches, and is made again while that is found.
 * - `copied`: a file is copied while what was changed in it can't be sent, where no sample shows that.
 * - `late`: what is undone was written under the same size and time so long ago that nobody doubts it.
 * - `killed`: a receiver ends between the note of a rename and the rename.
 * - `mapped`: an agent ends after the source was written down, and before what was written through a mapping is found.
 * - `owed`: an agent ends after the source was written down, and before a file can be read that was changed by then.
 * - `undeleted`: what went in a mass is put back, and who asked for it ends meanwhile.
 */
export const provocations = ['root', 'away', 'madeAgain'] as const;
export const pastProvocations = ['late', 'killed'] as const;
export const copyProvocations = ['copied'] as const;
export const restartProvocations = ['mapped', 'owed'] as const;
export type Provocation =
  | (typeof provocations)[number]
  | (typeof pastProvocations)[number]
  | (typeof copyProvocations)[number]
  | (typeof restartProvocations)[number]
  | 'undeleted';

/** One target of a world. */
export interface TargetPlan {
  readonly kind: 'receiver' | 'rsyncd';
  /** Of its own; absent: that of all. */
  readonly filter?: FilterSettings;
}

/** What a world consists of, and what its agents are told. */
export interface WorldPlan {
  readonly targets: readonly TargetPlan[];
  readonly filter: FilterSettings;
  /** Both sides are compared besides, and what work touched is looked at after it. */
  readonly verifies: boolean;
  /** Receivers take small files without rsync; absent: they don't. */
  readonly takesSmallFiles?: boolean;
  /** They copy what they have; absent: they don't. */
  readonly makesCopies?: boolean;
  /** The agent keeps for a restart what the source was, and what its targets have; absent: it compares all. */
  readonly remembers?: boolean;
  /** Receivers keep what is replaced; absent: they don't. */
  readonly keepsHistory?: boolean;
  /** Few deletions are a mass: receivers keep them for a while, and somebody puts them back or lets them go; absent: nobody asks. */
  readonly keepsMasses?: boolean;
  /** What is kept of history is bounded by its size, and goes where room is short; absent: by time alone. */
  readonly hasLittleRoom?: boolean;
  /** FIFOs and sockets take names; absent: there are none. */
  readonly makesFifos?: boolean;
  /** Something rare is brought about in it. */
  readonly provokes?: Provocation | undefined;
}

const everything: FilterSettings = { include: [], exclude: [] };

/** One receiver, and nothing is left out. */
export const plainPlan: WorldPlan = { targets: [{ kind: 'receiver' }], filter: everything, verifies: false };

/** Patterns of each kind: of a place, of a name, of directories alone, with exceptions. */
const filters: readonly FilterSettings[] = [
  { include: [], exclude: ['/b/'] },
  { include: [], exclude: ['c'] },
  { include: [], exclude: ['a/'] },
  { include: ['/a/b/', '/a/b/**'], exclude: ['/a/*'] },
  { include: [], exclude: ['burst-*', '/d'] },
];

/** Mostly a plain world, so that what is found there is found soon. */
export function planWorld(random: Random): WorldPlan {
  const filter = happens(random, 5) ? random.pick(filters) : everything;
  const targets: TargetPlan[] = [{ kind: happens(random, 6) ? 'rsyncd' : 'receiver' }];
  if (happens(random, 6)) {
    const kind = happens(random, 4) ? 'rsyncd' : 'receiver';
    targets.push(happens(random, 3) ? { kind, filter: random.pick(filters) } : { kind });
  }
  const verifies = happens(random, 4);
  const [takesSmallFiles, makesCopies, remembers] = [!happens(random, 3), !happens(random, 3), !happens(random, 3)];
  const keepsHistory = happens(random, 6) && targets.some(({ kind }) => kind === 'receiver');
  const rare: Provocation[] = [...provocations];
  if (keepsHistory) rare.push(...pastProvocations);
  if (makesCopies && !keepsHistory) rare.push(...copyProvocations);
  if (remembers) rare.push(...restartProvocations);
  const rarely = happens(random, 8) ? random.pick(rare) : undefined;
  const keepsMasses = happens(random, 6);
  const provokes = keepsMasses && happens(random, 3) ? 'undeleted' : rarely;
  const hasLittleRoom = keepsHistory && happens(random, 3);
  const plan = { targets, filter, verifies, takesSmallFiles, makesCopies, remembers, keepsHistory, provokes };
  const rest = { ...(keepsMasses ? { keepsMasses } : {}), ...(hasLittleRoom ? { hasLittleRoom } : {}) };
  return { ...plan, ...rest, ...(happens(random, 8) ? { makesFifos: true } : {}) };
}
