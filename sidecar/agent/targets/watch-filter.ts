import type { FilterSettings, ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { compileFilter, type Filter } from '../../filter/filter.ts';

/** The filters that count for some target, each once. */
export const filtersInUse = ({
  filter,
  targets,
}: Pick<ReplicationSettings, 'filter' | 'targets'>): FilterSettings[] => {
  const texts = new Set(targets.map((target) => JSON.stringify(target.filter ?? filter)));
  return texts.size === 0 ? [filter] : [...texts].sort().map((text) => JSON.parse(text) as FilterSettings);
};

/** What has to be watched: all that is content for at least one target. */
export const makeWatchFilter = (settings: Pick<ReplicationSettings, 'filter' | 'targets'>): Filter => {
  const filters = filtersInUse(settings).map(compileFilter);
  const [only] = filters;
  if (only !== undefined && filters.length === 1) return only;
  return {
    excludes: (path, isDirectory) => filters.every((filter) => filter.excludes(path, isDirectory)),
    canSkipDirectory: (path) => filters.every((filter) => filter.canSkipDirectory(path)),
    dependsOnLocation: filters.some((filter) => filter.dependsOnLocation),
  };
};
