import type { LockTable } from '../../api/lock-table.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { Failure } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';
import { renderLocks } from '../../terminal/render-locks.ts';
import type { Controlled, ControlOrder } from '../running/control-socket.ts';

/** The part of an agent that is told things while it runs. */
export interface Steered {
  status(): unknown;
  journal(after: number): unknown;
  locks(): readonly LockTable[];
  update(settings: ReplicationSettings): Promise<void>;
}

/** Keeps what was said by files and flags apart from what was said to the running agent, and puts both together. */
export const steerAgent = (options: {
  readonly agent: Steered;
  readonly first: ReplicationSettings;
  /** Reads files, certificates and flags again. @throws Failure */
  reread(): Promise<ReplicationSettings>;
  readonly logger: Logger;
  /** Wall clock, ms. */
  now(): number;
}): Controlled => {
  const { agent, logger } = options;
  let read = options.first;
  let paused: boolean | undefined;
  let journal = false;
  const pausedTargets = new Map<string, boolean>();
  let requests = options.first.requests ?? {};
  let { generation } = options.first;
  const apply = async (): Promise<void> => {
    generation += 1;
    const targets = read.targets.map((target) => {
      const own = pausedTargets.get(target.name);
      return own === undefined ? target : { ...target, paused: own };
    });
    await agent.update({
      ...read,
      targets,
      generation,
      requests,
      ...(paused === undefined ? {} : { paused }),
      ...(journal ? { journal } : {}),
    });
  };
  /** Of all, or of the one target that is named. */
  const setPaused = async (pause: boolean, target: string | undefined): Promise<void> => {
    const names = read.targets.map(({ name }) => name);
    if (target === undefined) {
      paused = pause;
      // What was said of single targets ends with it; what the file says of them stays.
      if (!pause) pausedTargets.clear();
    } else if (names.includes(target)) pausedTargets.set(target, pause);
    else
      throw new Failure('NoSuchTarget', `${pause ? 'pause' : 'resume'} ${target}: there is no such target`, {
        hint: `these are there: ${names.join(', ')}`,
      });
    await apply();
  };
  const obey: Record<ControlOrder['verb'], (value: string | undefined) => Promise<string>> = {
    async reload() {
      read = await options.reread();
      requests = { ...requests, ...read.requests };
      await apply();
      return `settings and certificates were read again; ${read.targets.length} targets`;
    },
    async pause(target) {
      await setPaused(true, target);
      return `${target === undefined ? '' : `${target} is `}paused: changes are remembered and sent later`;
    },
    async resume(target) {
      await setPaused(false, target);
      if (target === undefined) return 'goes on';
      return `${target} goes on${(paused ?? read.paused) ? ' once all do: everything is paused' : ''}`;
    },
    async sync() {
      requests = { ...requests, sync: new Date(options.now()).toISOString() };
      await apply();
      return 'a comparison of the whole tree was asked for';
    },
    async verify() {
      requests = { ...requests, verify: new Date(options.now()).toISOString() };
      await apply();
      return 'a verification was asked for';
    },
    async checkpoint() {
      requests = { ...requests, checkpoint: new Date(options.now()).toISOString() };
      await apply();
      return 'a consistent checkpoint was asked for';
    },
    async journal(value) {
      if (value !== 'on' && value !== 'off') throw new Failure('OnOrOff', 'switch journal: write on or off');
      journal = value === 'on';
      await apply();
      return journal ? 'the journal is on: syncreplica log --follow shows it' : 'the journal is off';
    },
    async locks() {
      return renderLocks(agent.locks());
    },
    async release(value) {
      if (!value) throw new Failure('IdMissing', 'release held deletions: give the id that the status shows');
      requests = { ...requests, releaseDeletes: value };
      await apply();
      return `deletions held under ${value} go on`;
    },
    async undelete(value) {
      if (!value) throw new Failure('IdMissing', 'put back kept deletions: give the id that the status shows');
      requests = { ...requests, undelete: value };
      await apply();
      return `what is kept under ${value} is put back at the target and held there; copy to the source what it should have again`;
    },
  };
  // One after the other: each takes up what the one before left.
  let last: Promise<unknown> = Promise.resolve();
  return {
    status: () => agent.status(),
    journal: (after) => agent.journal(after),
    obey({ verb, value }) {
      const done = last.then(() => obey[verb](value));
      last = done.catch(() => {});
      return done.then((words) => {
        logger.info({ verb, ...(value === undefined ? {} : { value }) }, 'order was obeyed');
        return words;
      });
    },
  };
};
