/**
 * Modes of multi-granularity locking (Gray and others, 1976, without SIX): S and X hold for a name and all below it,
 * IS and IX say that something below is held so.
 */
export type LockMode = 'IS' | 'IX' | 'S' | 'X';

/** Whether two owners may hold the same name, the one in the row's mode, the other in the column's. */
export const isCompatible: Readonly<Record<LockMode, Readonly<Record<LockMode, boolean>>>> = {
  IS: { IS: true, IX: true, S: true, X: false },
  IX: { IS: true, IX: true, S: false, X: false },
  S: { IS: true, IX: false, S: true, X: false },
  X: { IS: false, IX: false, S: false, X: false },
};

/** The weakest mode that grants both. */
export const joinModes: Readonly<Record<LockMode, Readonly<Record<LockMode, LockMode>>>> = {
  IS: { IS: 'IS', IX: 'IX', S: 'S', X: 'X' },
  IX: { IS: 'IX', IX: 'IX', S: 'X', X: 'X' },
  S: { IS: 'S', IX: 'X', S: 'S', X: 'X' },
  X: { IS: 'X', IX: 'X', S: 'X', X: 'X' },
};

/** What has to be held on every name above one that is held in a mode. */
export const intentionFor: Readonly<Record<LockMode, 'IS' | 'IX'>> = { IS: 'IS', IX: 'IX', S: 'IS', X: 'IX' };
