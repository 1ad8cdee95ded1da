/** Who holds and who awaits which path at one target, and what is under way there, as people read it: names are printable, the lists are cut. */
export interface LockTable {
  readonly target: string;
  readonly holders: readonly {
    readonly path: string;
    readonly mode: string;
    readonly owner: string;
    readonly heldMs: number;
  }[];
  readonly waiters: readonly {
    readonly path: string;
    readonly mode: string;
    readonly owner: string;
    readonly waitedMs: number;
    /** Owners: the edges of the waits-for graph. */
    readonly waitsFor: readonly string[];
  }[];
  /** Batches of work on what changed, of which `names` are so many and `paths` the first. Absent: of an agent that doesn't tell. */
  readonly underWay?: readonly { readonly names: number; readonly ageMs: number; readonly paths: readonly string[] }[];
  /** All there are. */
  readonly held: number;
  readonly waiting: number;
}

/** The message of the line in an agent's log that answers a request; its fields are `request` and `locks`. */
export const locksMessage = 'path locks';
