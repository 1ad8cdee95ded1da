import type { Failure } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import { isCompatible, type LockMode } from './lock-modes.ts';
import type { LockWish } from './lock-plan.ts';

export interface Owner {
  /** Grows: the higher, the younger. */
  readonly id: number;
  readonly name: string;
  readonly since: number;
  readonly names: LockedName[];
  request: Request | undefined;
}

export interface LockedName {
  readonly path: RelPath;
  readonly holders: Holder[];
  /** In the order in which they are served. */
  queue: Request[] | undefined;
}

/** One `acquire` under way. */
export interface Request {
  readonly owner: Owner;
  readonly plan: readonly LockWish[];
  next: number;
  /** Where it waits, and in which mode it wants to hold that name. */
  blockedAt: LockedName | undefined;
  wanted: LockMode;
  blockedSince: number;
  cancelTimer: (() => void) | undefined;
  readonly timeoutMs: number;
  readonly resolve: () => void;
  readonly reject: (error: Failure) => void;
}

export interface Holder {
  readonly owner: Owner;
  mode: LockMode;
}

export function heldBy(name: LockedName, owner: Owner): Holder | undefined {
  for (const holder of name.holders) if (holder.owner === owner) return holder;
  return undefined;
}

/** Whether an owner may hold a name in a mode besides those who hold it. */
export function admits(name: LockedName, owner: Owner, mode: LockMode): boolean {
  for (const holder of name.holders) if (holder.owner !== owner && !isCompatible[holder.mode][mode]) return false;
  return true;
}

/** Whom an owner waits for: those who hold the name otherwise, and those before it in the queue. */
export function* blockersOf(owner: Owner): Generator<Owner> {
  const request = owner.request;
  const name = request?.blockedAt;
  if (request === undefined || name === undefined) return;
  for (const holder of name.holders) {
    if (holder.owner !== owner && !isCompatible[holder.mode][request.wanted]) yield holder.owner;
  }
  for (const other of name.queue ?? []) {
    if (other === request) return;
    yield other.owner;
  }
}
