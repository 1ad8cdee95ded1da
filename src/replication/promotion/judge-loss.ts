import { signOfLifeMs } from '../../../sidecar/protocol/agent-status.ts';

/** What the source of one volume said last, before its target was promoted. Times are wall clock, ms. */
export interface LastWord {
  readonly at: number;
  /** Changes not yet on the target, and the age of the oldest. */
  readonly pending: number;
  readonly lagMs: number;
  /** It was the agent's end. */
  readonly ended: boolean;
  /** Why the target may lack more than what is pending, in a sentence. */
  readonly unsure?: string | undefined;
}

export interface LossFacts {
  readonly fencedAt: number;
  readonly said: LastWord | undefined;
  /** Until when the target is known to hold everything. */
  readonly coveredAt: number | undefined;
}

/** What the source had and the target has not. */
export interface Loss {
  readonly sentence: string;
  /** Undefined where nobody can know. */
  readonly changes: number | undefined;
  readonly seconds: number | undefined;
}

/** An agent that lives is heard of this often, also when nothing changes and one word is late; and every second while something is pending. */
export const livingMs = 3 * signOfLifeMs;
export const livingWithPendingMs = 3_000;

/** What is lost of one volume. Pure. */
export const judgeLoss = ({ fencedAt, said, coveredAt }: LossFacts): Loss => {
  const notKnown = (why: string): Loss => {
    const until =
      coveredAt === undefined
        ? ''
        : `; the target holds all that the source had at ${iso(coveredAt)}, ${seconds(fencedAt - coveredAt)} before`;
    return { sentence: `not known: ${why}${until}`, changes: undefined, seconds: undefined };
  };
  if (!said) return notKnown('nobody was heard of the source');
  if (said.unsure !== undefined) {
    const more = said.pending === 0 ? '' : `, and ${changesOf(said.pending)} pending`;
    return notKnown(`${said.unsure}${more}, when the source was last heard, ${seconds(fencedAt - said.at)} before`);
  }
  if (said.pending > 0) {
    const from = said.at - said.lagMs;
    const sentence = `${seconds(said.lagMs)}, ${changesOf(said.pending)}, from ${iso(from)} to ${iso(said.at)}`;
    return { sentence, changes: said.pending, seconds: toSeconds(said.lagMs) };
  }
  const none = { changes: 0, seconds: 0 };
  if (said.ended)
    return { ...none, sentence: `nothing: the source's agent ended at ${iso(said.at)} with everything here` };
  if (fencedAt - said.at <= livingMs)
    return {
      ...none,
      sentence: `nothing: nothing was pending when the source was last heard, ${seconds(fencedAt - said.at)} before`,
    };
  return {
    ...none,
    sentence: `nothing that is known: nothing was pending when the source was last heard, at ${iso(said.at)}; what it wrote after that, if it went on, is not here`,
  };
};

/** What is lost of all volumes of a target. */
export const sumLosses = (losses: readonly (Loss & { readonly volume: string })[]): Loss => {
  const [only] = losses;
  if (only && losses.length === 1) return only;
  return {
    sentence: losses.map(({ volume, sentence }) => `${volume}: ${sentence}`).join('; '),
    changes: losses.some(({ changes }) => changes === undefined)
      ? undefined
      : losses.reduce((sum, { changes = 0 }) => sum + changes, 0),
    seconds: losses.some((loss) => loss.seconds === undefined)
      ? undefined
      : Math.max(0, ...losses.map((loss) => loss.seconds ?? 0)),
  };
};

const changesOf = (count: number): string => `${count} change${count === 1 ? '' : 's'}`;
const toSeconds = (ms: number): number => Math.round(Math.max(0, ms) / 10) / 100;
const seconds = (ms: number): string => `${toSeconds(ms).toFixed(ms < 1_000 ? 2 : 1)} s`;
const iso = (ms: number): string => new Date(ms).toISOString();
