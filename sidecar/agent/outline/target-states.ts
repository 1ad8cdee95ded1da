import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { TargetState } from './claim.ts';

const digest = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32);

const prefix = 'target-';

/** Where the target is, whatever it is called by whom. */
const fileOf = (stateDir: string, target: TargetSettings): string => {
  const { kind, name, host } = target;
  const rest = target.kind === 'receiver' ? [target.port, target.volume] : [];
  return join(stateDir, `${prefix}${digest([kind, name, host, ...rest])}.json`);
};

/** What decides what a target is to hold, and how it gets there; `version` is the program's. */
export const rulesOf = (settings: ReplicationSettings, version: string): string => {
  const { source, filter, sync, events, lineage } = settings;
  return digest([version, source, filter, sync, events, lineage]);
};

/** Where what is known of targets is kept. */
export interface TargetStates {
  /** @returns undefined where there is none, or none that can be read */
  read(target: TargetSettings): TargetState | undefined;
  /** A reader finds the one or the other, never half of it. @throws when it can't be kept: then there is none, if that can be */
  write(target: TargetSettings, state: TargetState): void;
}

export const makeTargetStates = (stateDir: string): TargetStates => ({
  read: (target) => readTargetState(stateDir, target),
  write: (target, state) => writeTargetState(stateDir, target, state),
});

function readTargetState(stateDir: string, target: TargetSettings): TargetState | undefined {
  return readState(fileOf(stateDir, target));
}

function readState(file: string): TargetState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TargetState;
  } catch {
    return undefined;
  }
}

function writeTargetState(stateDir: string, target: TargetSettings, state: TargetState): void {
  const file = fileOf(stateDir, target);
  try {
    writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (error) {
    // What is there may not be so any more; where it can't be removed its epoch tells.
    try {
      rmSync(file, { force: true });
    } catch {}
    throw error;
  }
}

/**
 * Makes the directory. Where it can't be used a restart compares everything, and what waits for long is compared instead.
 * @returns the highest sequence that any target has acknowledged: numbering goes on after it; 0 where that can't be read
 */
export function openStates(stateDir: string, logger: Logger): number {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return readLastSequence(stateDir);
  } catch (err) {
    logger.error({ err, stateDir }, 'the state directory can not be used: a restart compares everything');
    return 0;
  }
}

function readLastSequence(stateDir: string): number {
  const states = readdirSync(stateDir).filter((name) => name.startsWith(prefix) && name.endsWith('.json'));
  return states.reduce((last, name) => Math.max(last, readState(join(stateDir, name))?.position?.sequence ?? 0), 0);
}
