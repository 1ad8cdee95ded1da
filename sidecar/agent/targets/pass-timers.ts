import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { FullPassTimer } from '../pass/full-pass-timer.ts';
import { settingsForTarget } from './settings-for-target.ts';

/** A timer for each schedule that counts for some target; `run` is given the names of those that are due. */
export class PassTimers {
  readonly #run: (targets: ReadonlySet<string>) => void;
  readonly #nowMs: () => number;
  /** When the last two comparisons of each target were due, wall clock, ms. */
  readonly #due = new Map<string, readonly [beforeLast: number, last: number]>();
  #timers: readonly FullPassTimer[] = [];

  constructor(run: (targets: ReadonlySet<string>) => void, nowMs: () => number = () => Date.now()) {
    this.#run = run;
    this.#nowMs = nowMs;
  }

  /** When the comparison before the last one was due, wall clock, ms; 0 while fewer than two were. */
  dueBeforeLast(target: string): number {
    return this.#due.get(target)?.[0] ?? 0;
  }

  /** Starts, or starts anew with other settings. */
  start(settings: ReplicationSettings): void {
    this.stop();
    this.#timers = groupBySchedule(settings).map(({ fullPass, targets }) => {
      const timer = new FullPassTimer(() => {
        for (const target of targets) this.#due.set(target, [this.#due.get(target)?.[1] ?? 0, this.#nowMs()]);
        this.#run(targets);
      });
      timer.start(fullPass);
      return timer;
    });
  }

  stop(): void {
    for (const timer of this.#timers) timer.stop();
  }
}

type FullPassSettings = ReplicationSettings['sync']['fullPass'];

/** Targets of one schedule are compared together: what the watch has lost is looked for once. */
export const groupBySchedule = (
  settings: ReplicationSettings,
): { readonly fullPass: FullPassSettings; readonly targets: ReadonlySet<string> }[] => {
  const groups = new Map<string, { fullPass: FullPassSettings; targets: Set<string> }>();
  for (const target of settings.targets) {
    const { fullPass } = settingsForTarget(settings, target).sync;
    const group = groups.get(fullPass.schedule) ?? { fullPass, targets: new Set<string>() };
    group.targets.add(target.name);
    groups.set(fullPass.schedule, group);
  }
  return [...groups.values()];
};
