import type { HookSettings } from '../../../src/api/settings/replication-settings.ts';
import { compileRule } from '../../filter/rule.ts';
import type { RelPath } from '../changes/change.ts';
import type { HookEvent } from './hook-event.ts';

export type Matcher = (event: HookEvent) => boolean;

/** Which events a hook is for. A directory that was moved may hold anything, so it is for every hook that hears of moves. */
export const compileMatcher = ({ paths, operations }: Pick<HookSettings, 'paths' | 'operations'>): Matcher => {
  const wanted = new Set(operations);
  const rules = paths.map((pattern) => compileRule(pattern, true));
  const named = (path: RelPath): boolean => rules.length === 0 || rules.some((rule) => rule.matches(path, false));
  // A new file is told of once, with its content.
  const isWanted = ({ operation }: HookEvent): boolean =>
    wanted.has(operation) || (operation === 'Create' && wanted.has('Write'));
  return (event) =>
    isWanted(event) &&
    event.path !== '' &&
    (event.isDirectory === true || named(event.path) || (event.from !== undefined && named(event.from)));
};
