import type { FilterSettings } from '../../src/api/settings/replication-settings.ts';
import { compileRule, type Rule } from './rule.ts';

/** Decides what is content, for events and full passes alike, as rsync does with `toRsyncArgs` of the same settings. */
export interface Filter {
  /** True when the path, or a directory above it, is excluded. The root '' never is. */
  excludes(path: string, isDirectory: boolean): boolean;
  /** True when nothing at or below this directory can be content: it need not be watched or read. */
  canSkipDirectory(path: string): boolean;
  /** True when a move can change a verdict below the moved directory (a pattern looks at more than a name). */
  readonly dependsOnLocation: boolean;
}

/** mkfs makes it, fsck fills it: at a volume's root it is never content. */
const lostAndFound = '/lost+found/';

interface RuleText {
  readonly pattern: string;
  readonly include: boolean;
}

/** In the order in which the first match wins. */
const listRules = (settings: FilterSettings): readonly RuleText[] => [
  { pattern: lostAndFound, include: false },
  ...settings.include.filter((pattern) => pattern !== '').map((pattern) => ({ pattern, include: true })),
  ...settings.exclude.filter((pattern) => pattern !== '').map((pattern) => ({ pattern, include: false })),
];

/** Patterns that are left out besides, before all other rules. */
export const toExcludeArgs = (patterns: readonly string[]): string[] =>
  patterns.map((pattern) => `--filter=- ${pattern}`);

/**
 * The same rules for rsync's command line. `--filter`, not `--exclude`: there a pattern that starts with `- `, `+ `
 * or is `!` would be read as something else.
 */
export const toRsyncArgs = (settings: FilterSettings): string[] =>
  listRules(settings).map(({ pattern, include }) => `--filter=${include ? '+' : '-'} ${pattern}`);

export const compileFilter = (settings: FilterSettings): Filter => {
  const [builtIn, ...rules] = listRules(settings).map(({ pattern, include }) => compileRule(pattern, include));
  if (!rules.some((rule) => !rule.include)) return onlyLostAndFound;
  return withParents([builtIn as Rule, ...rules]);
};

const isLostAndFound = (path: string, isDirectory: boolean): boolean =>
  path.startsWith('lost+found') && (path.length === 10 ? isDirectory : path[10] === '/');

/** Without an exclude nothing else is excluded: no rule is tried per event. */
const onlyLostAndFound: Filter = {
  excludes: isLostAndFound,
  canSkipDirectory: (path) => isLostAndFound(path, true),
  dependsOnLocation: false,
};

const rememberedDirectories = 16_384;

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

const withParents = (rules: readonly Rule[]): Filter => {
  const verdicts = new Map<string, boolean>();

  const isExcludedItself = (path: string, isDirectory: boolean): boolean => {
    for (const rule of rules) if (rule.matches(path, isDirectory)) return !rule.include;
    return false;
  };

  const remember = (path: string, verdict: boolean): void => {
    if (verdicts.size >= rememberedDirectories) verdicts.clear();
    verdicts.set(path, verdict);
  };

  // A loop, not a recursion: a tree may be deeper than the stack.
  const excludesDirectory = (path: string): boolean => {
    const unknown: string[] = [];
    let verdict = false;
    for (let at = path; at !== ''; at = parentOf(at)) {
      const known = verdicts.get(at);
      if (known !== undefined) {
        verdict = known;
        break;
      }
      unknown.push(at);
    }
    for (let at = unknown.pop(); at !== undefined; at = unknown.pop()) {
      verdict ||= isExcludedItself(at, true);
      remember(at, verdict);
    }
    return verdict;
  };

  return {
    excludes: (path, isDirectory) => {
      if (path === '') return false;
      if (isDirectory) return excludesDirectory(path);
      return excludesDirectory(parentOf(path)) || isExcludedItself(path, false);
    },
    canSkipDirectory: excludesDirectory,
    dependsOnLocation: rules.slice(1).some((rule) => !rule.byNameOnly),
  };
};
