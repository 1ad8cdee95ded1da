import type { LinkState, NotInSync, ReplicaStatus } from '../../../protocol/agent-status.ts';
import { leaseRenewMs } from '../../../protocol/control.ts';

/** All that "in sync" rests on. */
export interface SyncFacts {
  readonly link: LinkState;
  /** The target is in use in place of this source. */
  readonly promoted: boolean;
  readonly initialPassDone: boolean;
  /** Something that a comparison found is not on the target yet: nobody knows how old it is. */
  readonly owesFound: boolean;
  readonly maxLagMs: number;
  /** Age of the oldest change that is not on the target, ms; 0 if there is none. */
  readonly lagMs: number;
  /** So old a change may be that nobody has told of yet, ms. */
  readonly unseenMs: number;
  /** Age of the oldest change that is there and not acknowledged as durable, ms; 0 if there is none. */
  readonly unacknowledgedMs: number;
  /** What of the source is not watched; undefined when all of it is. */
  readonly notWatched: string | undefined;
  readonly heldDeletes: number;
  /** Entries that the target refused, and that the source does not let us read. */
  readonly refused: number;
  readonly unreadable: number;
  /** Entries that a verification found to differ. */
  readonly differences: number;
  /** How old at most the copy is that is copied on, ms; null where nobody says, absent where the source is the first. */
  readonly upstreamMs?: number | null | undefined;
}

interface Check {
  readonly reason: NotInSync['reason'];
  /** A sentence when it is so. */
  readonly say: (facts: SyncFacts) => string | undefined;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A relay hears of its own copy as often as a lease is renewed. */
const upstreamSaysWithinMs = 2 * leaseRenewMs;

/** In this order; the first that says something is shown. */
export const checks: readonly Check[] = [
  {
    reason: 'Promoted',
    say: ({ promoted }) => (promoted ? 'the target was promoted: it is in use in place of this source' : undefined),
  },
  {
    reason: 'NotOnline',
    say: ({ link }) => (link === 'Online' ? undefined : `the target is ${link.toLowerCase()}`),
  },
  {
    reason: 'InitialPass',
    say: ({ initialPassDone }) => (initialPassDone ? undefined : 'the first comparison of all is not done'),
  },
  { reason: 'NotWatched', say: ({ notWatched }) => notWatched },
  {
    reason: 'Behind',
    say: ({ owesFound, lagMs, unseenMs, maxLagMs }) => {
      if (owesFound) return 'what a comparison found is not all on the target yet';
      if (lagMs > maxLagMs) return `the oldest change that is not on the target is ${seconds(lagMs)} old`;
      if (unseenMs <= maxLagMs) return undefined;
      return `the source is looked at every so often: what nobody has told of yet may be ${seconds(unseenMs)} old`;
    },
  },
  {
    reason: 'UpstreamBehind',
    say: ({ upstreamMs, maxLagMs }) => {
      if (upstreamMs === undefined) return undefined;
      if (upstreamMs === null) return 'the copy that is copied on is not known to be its source';
      if (upstreamMs <= maxLagMs + upstreamSaysWithinMs) return undefined;
      return `the copy that is copied on was last known to be its source ${seconds(upstreamMs)} ago`;
    },
  },
  {
    reason: 'NotDurable',
    say: ({ unacknowledgedMs, maxLagMs }) =>
      unacknowledgedMs <= maxLagMs
        ? undefined
        : `what was sent ${seconds(unacknowledgedMs)} ago is not yet said to be on the target's disk`,
  },
  {
    reason: 'DeletesHeld',
    say: ({ heldDeletes }) => (heldDeletes === 0 ? undefined : `${heldDeletes} deletions are held`),
  },
  {
    reason: 'Refused',
    say: ({ refused }) => (refused === 0 ? undefined : `the target refuses ${refused} entries; they are tried again`),
  },
  {
    reason: 'Unreadable',
    say: ({ unreadable }) =>
      unreadable === 0 ? undefined : `${unreadable} entries of the source can't be read; they are tried again`,
  },
  {
    reason: 'Diverged',
    say: ({ differences }) =>
      differences === 0 ? undefined : `a verification found ${differences} entries that differ from the source`,
  },
];

/** Why a replica is not in sync; null when it is: then the target is the source, but for what is younger than maxLag. Pure. */
export function judgeInSync(facts: SyncFacts): NotInSync | null {
  for (const { reason, say } of checks) {
    const message = say(facts);
    if (message !== undefined) return { reason, message };
  }
  return null;
}

/** Whether the target is the source at this very moment, as far as the source has told. */
export const isQuiet = (
  { inSync, pending, progress, lagSeconds }: ReplicaStatus,
  lagMs = lagSeconds * 1_000,
): boolean => inSync && pending === 0 && lagMs === 0 && progress === null;
