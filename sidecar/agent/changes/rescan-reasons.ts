import type { RescanReason } from './change.ts';

/** After these a file may have other content than was sent, and the same size and time: a comparison would not see it. */
const contentInDoubt: ReadonlySet<RescanReason> = new Set([
  'overflow',
  'watch-limit',
  'unreadable',
  'root-replaced',
  'log-collapsed',
  'target-lost',
]);

export const doubtsContent = (reason: RescanReason): boolean => contentInDoubt.has(reason);

/** After these the kernel told of all that went there, if not name by name. */
const announced: ReadonlySet<RescanReason> = new Set([
  'new-directory',
  'moved-in',
  'log-collapsed',
  'retry',
  'overflow',
]);

export const isAnnounced = (reason: RescanReason): boolean => announced.has(reason);

/** What a full log gave up was read long before: the doubt reaches back furthest. */
const strengthOf = (reason: RescanReason | undefined): number => {
  if (reason === undefined) return 0;
  return reason === 'log-collapsed' ? 3 : doubtsContent(reason) ? 2 : 1;
};

/** The one of two reasons for comparing the same that asks for more; of equal ones the first. */
export const strongerReason = <A extends RescanReason | undefined, B extends RescanReason | undefined>(a: A, b: B) =>
  strengthOf(b) > strengthOf(a) ? b : a;
