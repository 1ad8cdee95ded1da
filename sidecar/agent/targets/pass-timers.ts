import type { ReplicationSettings } from '../../../src/api/replication-settings.ts';
import { FullPassTimer } from '../pass/full-pass-timer.ts';
import { settingsForTarget } from './settings-for-target.ts';

/** A timer for each schedule that counts for some target; `run` is given the names of those that are due. */
export class PassTimers {
  readonly #run: (targets: ReadonlySet<string>) => void;
  #timers: readonly FullPassTimer[] = [];

  constructor(run: (targets: ReadonlySet<string>) => void) {
    this.#run = run;
  }

  /** Starts, or starts anew with other settings. */
  start(settings: ReplicationSettings): void {
    this.stop();
    this.#timers = groupBySchedule(settings).map(({ fullPass, targets }) => {
      const timer = new FullPassTimer(() => this.#run(targets));
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
