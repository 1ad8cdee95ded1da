import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** By target: since when (VolumeLineage.since) it held what the source was filled with. */
export type RestoredFrom = Readonly<Record<string, number>>;

const file = (stateDir: string): string => join(stateDir, 'restored-from.json');

/** What a restore leaves for the writers of this agent: the source goes on with what these targets hold. */
export const noteRestoredFrom = (stateDir: string, from: RestoredFrom): void => {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(file(stateDir), JSON.stringify(from), { mode: 0o600 });
};

export const readRestoredFrom = (stateDir: string): RestoredFrom => {
  try {
    return JSON.parse(readFileSync(file(stateDir), 'utf8')) as RestoredFrom;
  } catch {
    // Nothing was restored; one that lost its note is told what to do by the target's refusal.
    return {};
  }
};
