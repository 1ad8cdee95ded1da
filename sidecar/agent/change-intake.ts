import type { ReplicationSettings } from '../../src/api/settings/replication-settings.ts';
import type { Clock } from '../../src/process/clock.ts';
import type { RawChange, RelPath } from './changes/change.ts';
import { LostEvents } from './changes/lost-events.ts';
import { OpenFiles } from './changes/open-files.ts';
import { type SettledChange, Settler } from './changes/settle.ts';
import { smallest } from './changes/smallest.ts';
import { WallTimes } from './changes/wall-times.ts';
import { WrittenLately } from './changes/written-lately.ts';
import { AnnouncedLately, countDeletions } from './deletions/announced-lately.ts';
import type { ChangeLog } from './log/change-log.ts';
import type { Replicator } from './replicate/replicator.ts';
import { changedAtOf, sightOf } from './source/sight.ts';
import type { Look } from './source/source-view.ts';

export interface ChangeIntakeOptions {
  readonly clock: Clock;
  readonly log: ChangeLog;
  readonly look: (path: RelPath) => Look;
  readonly replicators: () => readonly Pick<Replicator, 'oldestAt'>[];
  /** Asked to tell of files that were changed without an event. */
  readonly watch: {
    tellUnseen(paths: readonly RelPath[]): void;
    /** Something was written under a name that is gone. */
    lookBeside(path: RelPath): void;
  };
  /** Before anything of a batch can be seen here. */
  readonly onTold: () => void;
  /** These are in the log; `last`: the position of the last of them. */
  readonly onLogged: (changes: readonly SettledChange[], last: number) => void;
}

/** What the watch tells, on its way to the log; and what is remembered of it beside that. */
export class ChangeIntake {
  readonly log: ChangeLog;
  readonly lost = new LostEvents();
  readonly wall: WallTimes;
  readonly lately = new AnnouncedLately();
  readonly #options: ChangeIntakeOptions;
  readonly #open: OpenFiles;
  readonly #written: WrittenLately;
  #settler: Settler;

  constructor(options: ChangeIntakeOptions, settings: ReplicationSettings) {
    this.#options = options;
    this.log = options.log;
    this.wall = new WallTimes(options.clock);
    this.#open = new OpenFiles((path) => changedAtOf(options.look(path)));
    this.#written = new WrittenLately(() => smallest(options.replicators().map(({ oldestAt }) => oldestAt())));
    this.#settler = this.#makeSettler(settings);
  }

  /** What is not in the log yet is owed to every target. */
  readonly heldBack = (): Settler => this.#settler;

  /** `lostSince`: when the kernel’s queue was known to be empty before it dropped events, monotonic ms. */
  take(batch: readonly RawChange[], lostSince?: number): void {
    const readAt = this.#options.clock.monotonic();
    this.wall.look();
    this.#options.onTold();
    if (lostSince !== undefined) this.lost.note(lostSince, readAt);
    this.lately.note(countDeletions(batch), readAt);
    this.#settler.accept(batch, readAt);
  }

  update(settings: ReplicationSettings): void {
    this.#settler.flush();
    this.#settler.close();
    this.#settler = this.#makeSettler(settings);
  }

  flush(): void {
    this.#settler.flush();
  }

  close(): void {
    this.#settler.close();
    this.log.close();
  }

  #makeSettler({ sync, events }: ReplicationSettings): Settler {
    const { clock, look, watch, onLogged } = this.#options;
    return new Settler({
      clock,
      maxDelayMs: sync.maxDelayMs,
      seesWrites: events.includes('Write'),
      lookAt: (path) => sightOf(look(path)),
      open: this.#open,
      written: this.#written,
      onUnseen: (paths) => watch.tellUnseen(paths),
      onStray: (path) => watch.lookBeside(path),
      onSettled: (changes) => onLogged(changes, this.log.append(changes)),
    });
  }
}
