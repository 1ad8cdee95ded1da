import { foundByLimits } from './found-by-limits.ts';
import { foundByNames } from './found-by-names.ts';
import { foundHistories } from './found-histories.ts';
import { foundInAMillion } from './found-in-a-million.ts';
import { foundNearby } from './found-nearby.ts';
import { foundOnOtherRoots } from './found-on-other-roots.ts';
import { foundSinceRestarts } from './found-since-restarts.ts';
import { foundWithFilters } from './found-with-filters.ts';
import type { RecordedHistory } from './recorded-history.ts';

export const allRecorded: readonly RecordedHistory[] = [
  ...foundInAMillion,
  ...foundWithFilters,
  ...foundNearby,
  ...foundSinceRestarts,
  ...foundByNames,
  ...foundHistories,
  ...foundOnOtherRoots,
  ...foundByLimits,
];
