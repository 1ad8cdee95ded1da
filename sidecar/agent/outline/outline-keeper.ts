import { randomUUID, webcrypto } from 'node:crypto';
import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { WallTimes } from '../changes/wall-times.ts';
import { type Round, repeatInBackground } from '../watch/repeat-in-background.ts';
import type { SourceWatch } from '../watch/source-watch.ts';
import { type Findings, OutlineComparison } from './compare-outline.ts';
import { makeOutlineEdges, type OutlineEdges, type OutlineSubject } from './outline-edges.ts';
import { decodeOutline } from './outline-format.ts';
import { OutlineRecorder } from './record-outline.ts';
import type { Seed } from './state-hash.ts';
import { isSameVolume, type VolumeIdentity } from './volume-identity.ts';

export interface OutlineKeeperOptions {
  readonly stateDir: string;
  readonly subject: () => OutlineSubject;
  readonly watch: Pick<SourceWatch, 'isOpen' | 'kind' | 'stats' | 'knows' | 'drain'>;
  readonly wall: Pick<WallTimes, 'earliest'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outlinePace?: OutlinePace | undefined;
  /** Absent: of the source itself, in the state directory. */
  readonly edges?: OutlineEdges;
}

/** How often the source is written down at most, and how old what was changed has to be for it, ms. */
export interface OutlinePace {
  readonly everyMs: number;
  readonly ageMs: number;
}

/**
 * What is written through a mapping moves no time until its page was written to disk, which the kernel does within 40 s; and a clock's
 * tick may be as long as a second.
 */
const defaultPace: OutlinePace = { everyMs: 65_000, ageMs: 60_000 };
const sliceMs = 15;
const allKinds = 5;

/** An outline that was written down, and when (monotonic, ms): all that it says had been told of by then. */
export interface Recorded {
  readonly id: string;
  readonly at: number;
}

/** Writes the source down now and then, and says after a restart where it is not what it was. */
export class OutlineKeeper {
  readonly #options: OutlineKeeperOptions;
  readonly #edges: OutlineEdges;
  readonly #claims = new Map<string, string>();
  /** How many the source was so far. */
  #directories = 1;
  #isChanged = true;
  #isWanted = false;
  /** Nothing is tried any more. */
  #isBroken = false;
  #stop: (() => void) | undefined;
  #compared: { readonly id: string; readonly findings: Promise<Findings | undefined> } | undefined;
  latest: Recorded | undefined;

  constructor(options: OutlineKeeperOptions) {
    this.#options = options;
    this.#edges = options.edges ?? makeOutlineEdges(options.stateDir);
  }

  /** The source may not be any more what was written down. */
  noteChange(): void {
    this.#isChanged = true;
  }

  /** The source is another directory: no target is found any more to have what the former one was. */
  forget(): void {
    this.latest = undefined;
    this.#directories += 1;
  }

  /** Some target has all there is: it is worth writing down. */
  want(): void {
    this.#isWanted = true;
  }

  /** Begins to write it down now and then. */
  start(): void {
    this.#stop?.();
    this.#stop = repeatInBackground(this.#round(), (this.#options.outlinePace ?? defaultPace).everyMs);
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Which outline a target is known to have; others that nobody names go. */
  claimed(target: string, id: string | undefined): void {
    if (id === undefined) this.#claims.delete(target);
    else this.#claims.set(target, id);
  }

  /** Removes what no target is known to have and none may be found to have any more. */
  tidy(): void {
    const { stateDir, logger } = this.#options;
    try {
      this.#edges.keepOnly(new Set([...this.#claims.values(), this.latest?.id]));
    } catch (err) {
      logger.warn({ err, stateDir }, 'what is of no use any more could not be removed');
    }
  }

  /**
   * Where the source, all of which is watched by now, is not what an outline says. Compared once, and good as long as the watch lasts:
   * what changes later is told by events. Undefined where nothing is proven, or too much differs.
   */
  compare(id: string): Promise<Findings | undefined> {
    if (this.#compared?.id !== id)
      this.#compared = { id, findings: this.#compare(id).catch((err) => this.#giveUp(err)) };
    return this.#compared.findings;
  }

  async #compare(id: string): Promise<Findings | undefined> {
    const { stateDir, subject, logger } = this.#options;
    const edges = this.#edges;
    const { root, filter } = subject();
    const begun = performance.now();
    const bytes = edges.read(id);
    const outline = bytes && decodeOutline(bytes);
    const volume = edges.identify(root);
    const isSame = outline !== undefined && volume !== undefined && isSameVolume(outline.header.volume, volume);
    if (!isSame || outline === undefined) {
      logger.info({ stateDir, found: outline !== undefined }, 'what the source was is not known for sure');
      return undefined;
    }
    const looker = edges.makeLooker();
    const comparison = new OutlineComparison({ outline, looker, filter });
    const walk = edges.walk(subject(), looker, comparison);
    for (let isOver = edges.slice(sliceMs); !walk.next().done; ) {
      if (!isOver()) continue;
      await edges.rest();
      isOver = edges.slice(sliceMs);
    }
    const { content, named, subtrees, entries } = comparison.findings;
    const found = { content: content.length, named: named.length, subtrees: subtrees.length, entries };
    const tookMs = Math.round(performance.now() - begun);
    logger.info({ ...found, tookMs, isHopeless: comparison.isHopeless }, 'source compared with what it was');
    return comparison.isHopeless || root.mounts.any ? undefined : comparison.findings;
  }

  /** Without it a restart only costs more. */
  #giveUp(err: unknown): undefined {
    this.#isBroken = true;
    const { stateDir, logger } = this.#options;
    logger.warn({ err, stateDir }, 'the source can not be written down: a restart compares all of it');
  }

  /** Whether every directory is watched, by events of every kind: then whatever changes is told, or looked for. */
  get #isWatched(): boolean {
    const { watch, subject } = this.#options;
    const isWhole = watch.isOpen && watch.kind === 'inotify' && watch.stats().notWatched.length === 0;
    return isWhole && new Set(subject().events).size === allKinds;
  }

  #round(): Round {
    let walk: Generator<void> | undefined;
    return {
      start: () => {
        walk = this.#isBroken ? undefined : this.#record();
      },
      work: (ms) => {
        try {
          for (const isOver = this.#edges.slice(ms); walk !== undefined && !isOver(); )
            if (walk.next().done) walk = undefined;
        } catch (err) {
          walk = undefined;
          this.#giveUp(err);
        }
        return walk !== undefined;
      },
    };
  }

  /** Writes down, slice by slice, what is there, if that may be another than is known and can be known. */
  *#record(): Generator<void> {
    const { subject, watch, wall, clock } = this.#options;
    const { root } = subject();
    if (!this.#isWanted || !this.#isChanged || !this.#isWatched || root.mounts.any || root.check() !== 'same') return;
    const volume = this.#edges.identify(root);
    if (volume === undefined) return;
    this.#isChanged = false;
    const directories = this.#directories;
    const seed = makeSeed();
    const looker = this.#edges.makeLooker();
    const { ageMs } = this.#options.outlinePace ?? defaultPace;
    const isKnown = watch.knows.bind(watch);
    const olderThan = wall.earliest(clock.monotonic() - ageMs);
    const recorder = new OutlineRecorder({ looker, seed, isKnown, olderThan });
    yield* this.#edges.walk(subject(), looker, recorder);
    void this.#keep(recorder, seed, volume, directories);
  }

  async #keep(recorder: OutlineRecorder, seed: Seed, volume: VolumeIdentity, directories: number): Promise<void> {
    const { stateDir, subject, watch, clock, logger } = this.#options;
    const { entries, doubtful, top } = recorder;
    const id = randomUUID();
    try {
      // What was told of by then is what a target has to have.
      await watch.drain();
      const at = clock.monotonic();
      const { root } = subject();
      const now = this.#edges.identify(root);
      if (!this.#isWatched || now === undefined || !isSameVolume(volume, now)) return;
      await this.#edges.write(id, recorder.records.encode({ format: 1, id, seed, volume, root: top }));
      if (directories !== this.#directories) return;
      this.latest = { id, at };
      // They will be old enough, and sure, at another time.
      if (doubtful > 0) this.#isChanged = true;
      logger.debug({ entries, doubtful }, 'source written down');
    } catch (err) {
      // The disk may have room again.
      logger.warn({ err, stateDir }, 'the source can not be written down now');
      this.#isChanged = true;
    }
  }
}

const makeSeed = (): Seed => {
  const [one = 0, other = 0] = webcrypto.getRandomValues(new Int32Array(2));
  return [one, other];
};
