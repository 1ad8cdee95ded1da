/** What went against the truth. */
export interface Violation {
  /**
   * - `not equal`: it says in sync, and the trees differ.
   * - `mixture`: the target holds what no run of rsync makes.
   * - `never quiet`: nothing happens any more, and it does not come to say in sync.
   * - `lost`: it deleted what nobody told of: the root was another one, or was emptied while nobody watched.
   * - `held`: deletions are held that nothing gives a reason to hold.
   * - `stale writer`: a run of an epoch that has ended works at the target, or a target that is in use is changed.
   * - `found`: a comparison found what nobody had changed behind our back.
   * - `past`: a replica that was rolled back is not what it was at its checkpoint, or a durable checkpoint is gone.
   * - `kept`: what was kept of deletions is gone before its time, or not whole where it was put back.
   * - `crash`: the code under test threw where nobody catches it.
   */
  readonly kind:
    | 'not equal'
    | 'mixture'
    | 'never quiet'
    | 'held'
    | 'lost'
    | 'stale writer'
    | 'found'
    | 'past'
    | 'kept'
    | 'crash';
  readonly text: string;
}
