import type { PieceWish } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import type { DifferenceKind } from './judge-entry.ts';

/** A piece of a file's content. */
export type Piece = Pick<PieceWish, 'from' | 'length'>;

/** An entry in which both sides seemed to differ, or do. */
export interface Suspect {
  readonly path: RelPath;
  readonly kind: DifferenceKind;
  /** The piece of the content that differed. */
  readonly piece: Piece | undefined;
  /** It was looked at again while nothing was under way for it. */
  readonly isSure: boolean;
  /** It was handed over to be mended. */
  readonly isMending: boolean;
  /** Found by the look after work, of which it is a rest: it counts if sending it again does not help. */
  readonly isRest: boolean;
  readonly tries: number;
  /** Monotonic, ms. */
  readonly dueAt: number;
}

export interface AddedSuspect {
  readonly piece?: Piece | undefined;
  readonly isRest?: boolean;
}

const maxKept = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 300_000;
const mendingPauseMs = 1_000;
/** What changes all the time is sent all the time, and left to the next verification. */
const mostTries = 6;

const pauseBefore = (tries: number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(tries, 20));

/**
 * What has to be looked at again before it counts, and what counts until it is mended. Bounded: what has no room is counted, and
 * found by the next verification.
 */
export class Suspects {
  readonly #kept = new Map<RelPath, Suspect>();
  #dropped = 0;

  /** Both sides seemed to differ in it. What is known already is looked at when it is due. */
  add(path: RelPath, kind: DifferenceKind, now: number, { piece, isRest = false }: AddedSuspect = {}): void {
    if (this.#kept.has(path)) return;
    if (this.#kept.size >= maxKept) {
      this.#dropped += 1;
      return;
    }
    this.#kept.set(path, { path, kind, piece, isSure: false, isMending: false, isRest, tries: 0, dueAt: now });
  }

  /** It is sent again before it counts. */
  sendAgain({ path }: Suspect, kind: DifferenceKind, now: number): void {
    const known = this.#kept.get(path);
    if (known !== undefined)
      this.#kept.set(path, { ...known, kind, isMending: true, isRest: false, dueAt: now + mendingPauseMs });
  }

  /** No more room: what else differs will be found by another verification. */
  get isFull(): boolean {
    return this.#dropped > 0;
  }

  /** Those that count. */
  get found(): number {
    let count = 0;
    for (const { isSure } of this.#kept.values()) if (isSure) count += 1;
    return count;
  }

  /** Those that may turn out to be nothing. */
  get unsure(): number {
    return this.#kept.size - this.found;
  }

  *sure(): Generator<Suspect> {
    for (const suspect of this.#kept.values()) if (suspect.isSure) yield suspect;
  }

  due(now: number, most: number): Suspect[] {
    const due: Suspect[] = [];
    for (const suspect of this.#kept.values()) {
      if (suspect.dueAt <= now) due.push(suspect);
      if (due.length >= most) break;
    }
    return due;
  }

  /** When the next is due, monotonic ms; Infinity if none is. */
  get nextDueAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#kept.values()) next = Math.min(next, dueAt);
    return next;
  }

  /** It is alike, or it never was anything. */
  settle(path: RelPath): void {
    this.#kept.delete(path);
  }

  /** It can't be said now, for reasons that have nothing to do with it. */
  wait({ path }: Suspect, now: number): void {
    const known = this.#kept.get(path);
    if (known !== undefined) this.#kept.set(path, { ...known, dueAt: now + firstPauseMs });
  }

  /** It can't be said now, because something happens to it: of what counts, that it is mended. */
  later({ path }: Suspect, now: number): void {
    const known = this.#kept.get(path);
    if (known === undefined) return;
    const tries = known.tries + 1;
    if (known.isSure) this.#kept.set(path, { ...known, dueAt: now + mendingPauseMs });
    else if (tries >= mostTries) this.#kept.delete(path);
    else this.#kept.set(path, { ...known, tries, dueAt: now + pauseBefore(tries) });
  }

  /** It counts. Looked at again after a growing pause, for it may be mended by whatever. */
  confirm({ path }: Suspect, kind: DifferenceKind, isMending: boolean, now: number): void {
    const known = this.#kept.get(path);
    if (known === undefined) return;
    const tries = known.isSure ? known.tries + 1 : 0;
    this.#kept.set(path, { ...known, kind, isSure: true, isMending, tries, dueAt: now + pauseBefore(tries) });
  }

  /** A verification begins: what had no room is found anew, and what counts is looked at anew. */
  begin(now: number): void {
    this.#dropped = 0;
    for (const suspect of this.#kept.values()) this.#kept.set(suspect.path, { ...suspect, tries: 0, dueAt: now });
  }
}
