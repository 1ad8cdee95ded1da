/** What a report says that the last one did not: nothing, only how far things are, or something that may change a state. */
export type Novelty = 'nothing' | 'figures' | 'news';

/** What moves by itself; agents in a receiver's report are told apart by themselves. */
const unsaid = new Set(['heartbeatAt', 'freeBytes', 'agents', 'note']);

/** What moves with every change that is replicated. */
const figures = new Set([
  'position',
  'pending',
  'lagSeconds',
  'lastSyncAt',
  'lastFullPassAt',
  'fullPassAt',
  'transferredBytes',
  'transferredFiles',
  'renames',
  'watchedDirectories',
  'filesDone',
  'filesTotal',
  'bytesDone',
  'bytesTotal',
  'etaSeconds',
  'history',
]);

export const compareReports = (before: unknown, after: unknown, key = ''): Novelty => {
  if (before === after || unsaid.has(key)) return 'nothing';
  // A lease that is renewed every few seconds says nothing new.
  if (key === 'leaseExpiresInMs') return (before as number) > 0 === (after as number) > 0 ? 'nothing' : 'news';
  // The same of how old a copy is: it is told anew every few seconds, and an old one is news once.
  if (key === 'coveredMs' && typeof before === typeof after)
    return isOld(before as number) === isOld(after as number) ? 'nothing' : 'news';
  // The first position or the first pass is news; what moves on from there is not.
  const isMoving = figures.has(key) && isObject(before) === isObject(after) && typeof before === typeof after;
  const found = isObject(before) && isObject(after) ? compareFields(before, after) : 'news';
  return found === 'news' && isMoving ? 'figures' : found;
};

const oldMs = 30_000;
const isOld = (ageMs: number | null): boolean => ageMs === null || ageMs > oldMs;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const compareFields = (
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Novelty => {
  let worst: Novelty = 'nothing';
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = compareReports(before[field], after[field], field);
    if (found === 'news') return found;
    if (found === 'figures') worst = found;
  }
  return worst;
};
