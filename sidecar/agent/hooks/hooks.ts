import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HookSettings, ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { systemClock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { MetricsRegistry } from '../../../src/process/metrics/metrics-registry.ts';
import type { Link } from '../link/link.ts';
import type { Fate } from '../replicate/status/arrivals.ts';
import type { HookEvent } from './hook-event.ts';
import { createHookMetrics, type HookMetrics } from './hook-metrics.ts';
import { HookRunner } from './hook-runner.ts';

export interface HooksOptions {
  readonly stateDir: string;
  /** The way to a target while there is one. */
  readonly linkOf: (target: string) => Link | undefined;
  readonly registry: MetricsRegistry;
  readonly logger: Logger;
}

interface Running {
  readonly key: string;
  readonly hook: string;
  readonly settings: string;
  readonly runner: HookRunner;
}

/** All hooks at work, each for each of its targets. */
export class Hooks {
  readonly #options: HooksOptions;
  readonly #metrics: HookMetrics;
  #running: readonly Running[] = [];

  constructor(options: HooksOptions) {
    this.#options = options;
    this.#metrics = createHookMetrics(options.registry, () =>
      this.#running.map(({ hook, runner: { target, size } }) => ({ hook, target, size })),
    );
  }

  /** Starts those that are new or others, and ends those that are gone; what waits for one that goes on waits on. */
  async follow(settings: ReplicationSettings): Promise<void> {
    const wanted = wantedOf(settings);
    const isKept = ({ key, settings, runner }: Running): boolean =>
      wanted.get(key)?.settings === settings && !runner.isStopped;
    const kept = this.#running.filter(isKept);
    const ended = this.#running.filter((one) => !kept.includes(one));
    await Promise.all(ended.map(({ runner }) => runner.stop()));
    const known = new Set(kept.map(({ key }) => key));
    // Where they can't be started those that ended stay, and take in what is told until it is tried again.
    const fresh = this.#startAll([...wanted].filter(([key]) => !known.has(key)));
    this.#running = [...kept, ...fresh];
    for (const { runner } of ended) runner.close();
    for (const { key } of ended) if (!wanted.has(key)) this.#removeSpool(key);
  }

  /** All, or none. @throws where no file can be opened for now */
  #startAll(wanted: readonly (readonly [string, Wanted])[]): Running[] {
    const started: Running[] = [];
    try {
      for (const [key, one] of wanted) started.push(this.#start(key, one));
      return started;
    } catch (error) {
      for (const { runner } of started) runner.close();
      throw error;
    }
  }

  note(events: readonly HookEvent[], target: string): void {
    for (const { runner } of this.#running) if (runner.target === target) runner.note(events);
  }

  onAsk(target: string, fateOf: (event: HookEvent) => Fate): () => void {
    const told = this.#running.filter(({ runner }) => runner.target === target);
    const acknowledge = told.map(({ runner }) => runner.onAsk(fateOf));
    return () => {
      for (const tell of acknowledge) tell();
    };
  }

  /** Changes that wait to be told. */
  get size(): number {
    return this.#running.reduce((sum, { runner }) => sum + runner.size, 0);
  }

  get troubles(): readonly string[] {
    return this.#running.flatMap(({ runner }) => runner.trouble ?? []);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map(({ runner }) => runner.stop()));
    for (const { runner } of this.#running) runner.close();
    this.#running = [];
  }

  #start(key: string, { hook, target, source, settings }: Wanted): Running {
    const { logger, linkOf } = this.#options;
    const runner = new HookRunner({
      hook,
      target,
      source,
      spoolPath: this.#spoolPath(key),
      link: () => linkOf(target),
      clock: systemClock,
      random: Math.random,
      metrics: this.#metrics,
      logger,
    });
    return { key, hook: hook.name, settings, runner };
  }

  #removeSpool(key: string): void {
    try {
      rmSync(this.#spoolPath(key), { force: true });
    } catch (err) {
      this.#options.logger.warn({ err, hook: key }, 'what a hook waited for can not be removed');
    }
  }

  #spoolPath(key: string): string {
    return join(this.#options.stateDir, 'hooks', `${key}.jsonl`);
  }
}

interface Wanted {
  readonly hook: HookSettings;
  readonly target: string;
  readonly source: string;
  readonly settings: string;
}

/** By `hook.target`: of names that have no dot. */
const wantedOf = ({ hooks = [], targets, labels, source: directory }: ReplicationSettings): Map<string, Wanted> => {
  const source = labels
    ? `/namespaces/${labels.replica_namespace}/syncreplicas/${labels.replica}/volumes/${labels.volume}`
    : directory;
  const wanted = new Map<string, Wanted>();
  for (const hook of hooks)
    for (const { name: target } of targets)
      if (hook.targets.length === 0 || hook.targets.includes(target))
        wanted.set(`${hook.name}.${target}`, { hook, target, source, settings: JSON.stringify([hook, source]) });
  return wanted;
};
