import { posix } from 'node:path';
import { importers, isMain, mayImportMain, type Room, rooms } from './import-rules.ts';
import { packageOf, scanImports } from './scan-imports.ts';
import type { SourceTree, Violation } from './violation.ts';

/** Product code; tests beside it may import what they need. */
const isProduct = (path: string): boolean =>
  /^(src|sidecar)\/.*\.ts$/.test(path) && !/\.(test|fixture)\.ts$|\/(testdata|testing)\//.test(path);

const holds = (prefix: string, path: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

/** The longest room that holds a file; `src` itself holds only the files directly in it. */
const roomOf = (path: string): Room | undefined =>
  rooms
    .filter((room) => holds(room.path, path) && (room.path !== 'src' || path.split('/').length === 2))
    .sort((a, b) => b.path.length - a.path.length)[0];

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

const edgesOf = (tree: SourceTree): Edge[] =>
  [...tree]
    .filter(([path]) => isProduct(path))
    .flatMap(([from, text]) =>
      scanImports(text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier, line, typeOnly }) => ({
          from,
          line,
          typeOnly,
          to: posix.join(posix.dirname(from), specifier),
        })),
    );

const checkDirections = (edges: readonly Edge[]): Violation[] =>
  edges.flatMap(({ from, to, line }) => {
    const room = roomOf(from);
    if (!room) return [{ file: from, line, message: 'is in no room; add its folder to import-rules.ts' }];
    if (isMain(to) && !mayImportMain(from))
      return [{ file: from, line, message: `imports ${to}; nothing imports a main` }];
    const allowed =
      !/^(src|sidecar)\//.test(to) ||
      [room.path, ...room.mayImport].some((one) =>
        one.endsWith('/') ? to.startsWith(one) : one === to || one === roomOf(to)?.path,
      );
    if (allowed && !(room.path !== 'src/cli' && holds('src/cli', to))) return [];
    return [{ file: from, line, message: `imports ${to}; ${room.path} must not import ${roomOf(to)?.path ?? to}` }];
  });

const checkImporters = (tree: SourceTree): Violation[] =>
  [...tree]
    .filter(([path]) => isProduct(path))
    .flatMap(([file, text]) =>
      scanImports(text).flatMap(({ specifier, line }) => {
        const name = packageOf(specifier);
        if (name === undefined) return [];
        const owner = importers[name];
        if (owner === undefined)
          return [{ file, line, message: `imports ${name}; name its one importer in import-rules.ts` }];
        const owned = owner.endsWith('/') ? file.startsWith(owner) : file === owner;
        return owned ? [] : [{ file, line, message: `imports ${name}; only ${owner} does, import that instead` }];
      }),
    );

/** Cycles of imports, each once, from its alphabetically first file; in the data plane only those that exist at run time. */
const checkCycles = (edges: readonly Edge[]): Violation[] => {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of edges)
    if (!typeOnly || from.startsWith('src/')) next.set(from, [...(next.get(from) ?? []), to]);
  const found = new Map<string, string[]>();
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      const cycle = trail.slice(start);
      const first = cycle.indexOf([...cycle].sort()[0] ?? file);
      const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
      found.set(turned.join(), turned);
      return;
    }
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return [...found.values()].map((cycle) => ({
    file: cycle[0] ?? '',
    message: `is part of a cycle: ${[...cycle, cycle[0]].join(' → ')}`,
  }));
};

/** Import directions, mains, cycles, and the one importer of each outside package. */
export const checkImports = (tree: SourceTree): Violation[] => {
  const edges = edgesOf(tree);
  return [...checkDirections(edges), ...checkCycles(edges), ...checkImporters(tree)];
};
