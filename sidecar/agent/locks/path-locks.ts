import { type Clock, systemClock } from '../../../src/process/clock.ts';
import { Failure } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import { joinModes, type LockMode } from './lock-modes.ts';
import { admits, blockersOf, heldBy, type LockedName, type Owner, type Request } from './lock-owner.ts';
import { type LockWish, planLocks } from './lock-plan.ts';
import { findCycle } from './waits-for.ts';

export interface PathLocksOptions {
  readonly clock?: Clock;
  /** How long one `acquire` may wait, ms. */
  readonly timeoutMs?: number;
  /** A wait is over, granted or not. */
  readonly onWaited?: (waitedMs: number) => void;
  readonly onTimeout?: () => void;
  readonly onDeadlock?: () => void;
}

export interface AcquireOptions {
  /** Shown by `snapshot`. */
  readonly name?: string;
  readonly timeoutMs?: number;
}

/** What one owner holds. */
export interface HeldLocks {
  /**
   * Takes more, or holds what it has in a stronger mode as well.
   * @throws Failure `Deadlock` or `LockTimeout`; then everything this owner held is released
   */
  acquire(wishes: Iterable<LockWish>, options?: Pick<AcquireOptions, 'timeoutMs'>): Promise<void>;
  /** Releases everything. Once is enough, more does no harm. */
  release(): void;
}

export interface LockSnapshot {
  readonly holders: readonly { path: RelPath; mode: LockMode; owner: string; heldMs: number }[];
  readonly waiters: readonly { path: RelPath; mode: LockMode; owner: string; waitedMs: number; waitsFor: string[] }[];
  /** All there are; the lists are cut. */
  readonly held: number;
  readonly waiting: number;
}

/** Whether an `acquire` ended without its locks: what wanted them is only postponed. */
export const isLockLost = (error: unknown): boolean =>
  error instanceof Failure && (error.code === 'LockTimeout' || error.code === 'Deadlock');

/** As `acquire`; undefined where they were not had in time. */
export const acquireInTime = (
  locks: Pick<PathLocks, 'acquire'>,
  wishes: Iterable<LockWish>,
  options?: AcquireOptions,
): Promise<HeldLocks | undefined> =>
  locks.acquire(wishes, options).catch((error: unknown) => {
    if (isLockLost(error)) return undefined;
    throw error;
  });

const defaultTimeoutMs = 60_000;
const snapshotLimit = 1_000;

/**
 * Locks on the tree of paths. Whoever waits is served in order, whoever waits too long or in a circle is told so:
 * of a circle the youngest gives way.
 */
export class PathLocks {
  readonly #clock: Clock;
  readonly #options: PathLocksOptions;
  readonly #names = new Map<RelPath, LockedName>();
  readonly #waiting = new Set<Request>();
  #owners = 0;

  constructor(options: PathLocksOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @throws Failure `Deadlock` or `LockTimeout`: nothing is held then, and it may be tried again */
  async acquire(wishes: Iterable<LockWish>, { name, timeoutMs }: AcquireOptions = {}): Promise<HeldLocks> {
    this.#owners += 1;
    const id = this.#owners;
    const since = this.#clock.monotonic();
    const owner: Owner = { id, name: name ?? `#${id}`, since, names: [], request: undefined };
    await this.#acquire(owner, wishes, timeoutMs);
    return {
      acquire: (more, options) => this.#acquire(owner, more, options?.timeoutMs),
      release: () => this.#release(owner),
    };
  }

  /** For people: who holds what, who waits for whom. At most 1,000 of each. */
  snapshot(): LockSnapshot {
    const now = this.#clock.monotonic();
    const holders: LockSnapshot['holders'][number][] = [];
    let held = 0;
    for (const { path, holders: here } of this.#names.values()) {
      held += here.length;
      if (holders.length >= snapshotLimit) continue;
      for (const { owner, mode } of here) holders.push({ path, mode, owner: owner.name, heldMs: now - owner.since });
    }
    const waiters = [...this.#waiting].slice(0, snapshotLimit).map((request) => ({
      path: request.blockedAt?.path ?? '',
      mode: request.wanted,
      owner: request.owner.name,
      waitedMs: now - request.blockedSince,
      waitsFor: [...new Set(blockersOf(request.owner))].map((owner) => owner.name),
    }));
    return { holders, waiters, held, waiting: this.#waiting.size };
  }

  #acquire(owner: Owner, wishes: Iterable<LockWish>, timeoutMs?: number): Promise<void> {
    if (owner.request !== undefined) throw new Error('acquire locks: the same owner is still waiting for others');
    return new Promise((resolve, reject) => {
      const request: Request = {
        owner,
        plan: planLocks(wishes),
        next: 0,
        blockedAt: undefined,
        wanted: 'IS',
        blockedSince: 0,
        cancelTimer: undefined,
        timeoutMs: timeoutMs ?? this.#options.timeoutMs ?? defaultTimeoutMs,
        resolve,
        reject,
      };
      owner.request = request;
      this.#proceed(request);
    });
  }

  /** Takes name after name until one is not to be had. */
  #proceed(request: Request): void {
    const { owner, plan } = request;
    for (let wish = plan[request.next]; wish !== undefined; wish = plan[request.next]) {
      const name = this.#nameAt(wish.path);
      const own = heldBy(name, owner);
      const wanted = own === undefined ? wish.mode : joinModes[own.mode][wish.mode];
      const isFree =
        own?.mode === wanted || ((own !== undefined || name.queue === undefined) && admits(name, owner, wanted));
      if (!isFree) {
        this.#block(request, name, wanted, own !== undefined);
        return;
      }
      this.#grant(request, name, wanted);
    }
    owner.request = undefined;
    request.cancelTimer?.();
    request.resolve();
  }

  #grant(request: Request, name: LockedName, mode: LockMode): void {
    const { owner } = request;
    const own = heldBy(name, owner);
    if (own === undefined) {
      name.holders.push({ owner, mode });
      owner.names.push(name);
    } else own.mode = mode;
    request.next += 1;
  }

  #block(request: Request, name: LockedName, wanted: LockMode, isUpgrade: boolean): void {
    request.blockedAt = name;
    request.wanted = wanted;
    request.blockedSince = this.#clock.monotonic();
    name.queue ??= [];
    // Who holds the name already keeps the others waiting anyway: it goes first, after others of its kind.
    const place = name.queue.findIndex((other) => !name.holders.some(({ owner }) => owner === other.owner));
    if (isUpgrade && place >= 0) name.queue.splice(place, 0, request);
    else name.queue.push(request);
    this.#waiting.add(request);
    request.cancelTimer ??= this.#clock.after(request.timeoutMs, () => this.#timeOut(request));
    this.#breakCycles(request);
  }

  #breakCycles(request: Request): void {
    while (request.blockedAt !== undefined) {
      const cycle = findCycle(request.owner, blockersOf);
      if (cycle === undefined) return;
      const youngest = cycle.reduce((victim, owner) => (owner.id > victim.id ? owner : victim));
      this.#options.onDeadlock?.();
      this.#fail(
        youngest,
        new Failure('Deadlock', `acquire locks: ${cycle.length} owners wait for each other in a circle`, {
          hint: 'everything this owner held is released; try again',
        }),
      );
    }
  }

  #timeOut(request: Request): void {
    const path = request.blockedAt?.path ?? '';
    this.#options.onTimeout?.();
    this.#fail(
      request.owner,
      new Failure('LockTimeout', `acquire locks: ${JSON.stringify(path)} was held by others for too long`, {
        hint: 'syncreplica ctl locks, or kubectl syncreplica locks, says who holds it',
      }),
    );
  }

  #fail(owner: Owner, error: Failure): void {
    // The loser hears of it before those who get what it held.
    owner.request?.reject(error);
    this.#release(owner);
  }

  #release(owner: Owner): void {
    const touched = new Set(owner.names);
    const request = owner.request;
    owner.request = undefined;
    request?.cancelTimer?.();
    if (request?.blockedAt !== undefined) {
      touched.add(request.blockedAt);
      this.#leaveQueue(request);
    }
    for (const name of owner.names) {
      const index = name.holders.findIndex((holder) => holder.owner === owner);
      if (index >= 0) name.holders.splice(index, 1);
    }
    owner.names.length = 0;
    for (const name of touched) this.#serve(name);
  }

  #leaveQueue(request: Request): void {
    const name = request.blockedAt as LockedName;
    name.queue = name.queue?.filter((other) => other !== request);
    if (name.queue?.length === 0) name.queue = undefined;
    request.blockedAt = undefined;
    this.#waiting.delete(request);
    this.#options.onWaited?.(this.#clock.monotonic() - request.blockedSince);
  }

  /** Grants a name to those at the head of its queue that go together with who holds it. */
  #serve(name: LockedName): void {
    for (let first = name.queue?.[0]; first !== undefined; first = name.queue?.[0]) {
      if (!admits(name, first.owner, first.wanted)) return;
      this.#leaveQueue(first);
      this.#grant(first, name, first.wanted);
      this.#proceed(first);
    }
    // What was served may have let the name go and taken it anew.
    if (name.holders.length === 0 && this.#names.get(name.path) === name) this.#names.delete(name.path);
  }

  #nameAt(path: RelPath): LockedName {
    let name = this.#names.get(path);
    if (name === undefined) {
      name = { path, holders: [], queue: undefined };
      this.#names.set(path, name);
    }
    return name;
  }
}
