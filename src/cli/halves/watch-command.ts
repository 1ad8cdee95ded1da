import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { RawChange } from '../../../sidecar/agent/changes/change.ts';
import type { ChangeSource } from '../../../sidecar/agent/watch/change-source.ts';
import { createChangeSource } from '../../../sidecar/agent/watch/create-change-source.ts';
import { compileFilter } from '../../../sidecar/filter/filter.ts';
import { Failure } from '../../process/failure.ts';
import { defaultFormat, formatLine, readFormat, type WatchEvent, watchEvents } from '../../terminal/format-event.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { formatJson, linesOf } from './format-change.ts';

interface Options {
  readonly directories: readonly string[];
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  readonly event?: string;
  readonly format?: string;
  readonly json?: boolean;
  readonly null?: boolean;
  readonly once?: boolean;
  readonly quiet?: boolean;
}

const parseEvents = (text: string | undefined): ReadonlySet<WatchEvent> => {
  if (text === undefined) return new Set(watchEvents);
  const words = text.toUpperCase().split(',');
  const named = words.flatMap((word) =>
    word === 'MOVE' ? ['MOVED_FROM', 'MOVED_TO'] : word === 'CLOSE' ? ['CLOSE_WRITE'] : [word.trim()],
  );
  const unknown = named.find((word) => !(watchEvents as readonly string[]).includes(word));
  if (unknown !== undefined)
    throw new UsageFailure(`--event ${unknown.toLowerCase()} is not known`, {
      hint: `write some of ${watchEvents.join(',').toLowerCase()}, move, close`,
    });
  // What was lost is always told.
  return new Set([...(named as WatchEvent[]), 'RESCAN']);
};

const requireDirectory = (path: string): string => {
  const absolute = resolve(path);
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory()) return absolute;
  throw new UsageFailure(`${path} is no directory`, { hint: 'name directories; all that is below them is watched' });
};

/** What a change is printed as, latin1 text; a part of a move that nobody asked for is left out. */
const makePrinter = (options: Options, wanted: ReadonlySet<WatchEvent>) => {
  let moves = 0;
  const end = options.null ? '\0' : '\n';
  const text = readFormat(options.format ?? (options.null ? '%w%f' : defaultFormat), end);
  return (change: RawChange, root: string, atMs: number): string => {
    if (change.kind === 'move') moves += 1;
    const lines = linesOf(change, root, moves).filter(({ event }) => wanted.has(event));
    if (lines.length === 0) return '';
    if (options.json) return Buffer.from(formatJson(change, root, atMs)).toString('latin1');
    const time = new Date(atMs).toISOString();
    return lines.map((line) => formatLine(line, text, time)).join('');
  };
};

/** `syncreplica watch DIR…`: says what changes below directories, until it is told to stop. */
export const watchCommand = async (options: Options): Promise<void> => {
  const wanted = parseEvents(options.event);
  const directories = options.directories.map(requireDirectory);
  if (directories.length === 0) throw new UsageFailure('a directory is missing', { hint: 'syncreplica watch DIR' });
  const print = makePrinter(options, wanted);
  const filter = compileFilter({ exclude: options.exclude ?? [], include: options.include ?? [] });
  const ended = Promise.withResolvers<void>();
  const sources: ChangeSource[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ended.resolve());
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads has read enough.
    if (error.code === 'EPIPE') ended.resolve();
    else ended.reject(error);
  });
  const open = async (directory: string): Promise<void> => {
    const root = `${Buffer.from(directory).toString('latin1').replace(/\/$/, '')}/`;
    const source = await createChangeSource({
      root: directory,
      filter,
      events: ['Write', 'Create', 'Delete', 'Move', 'Attributes'],
    });
    sources.push(source);
    await source.open({
      onChanges: (batch) => {
        const readAtMs = Date.now();
        const texts = batch.map((change) => print(change, root, readAtMs)).filter((text) => text !== '');
        const shown = options.once ? texts.slice(0, 1) : texts;
        if (shown.length > 0) process.stdout.write(Buffer.from(shown.join(''), 'latin1'));
        if (options.once && shown.length > 0) ended.resolve();
      },
      onRootLost: (reason) => ended.reject(new Failure('RootLost', `watch ${directory}: it was ${reason}`)),
      onError: (error) => ended.reject(error),
    });
    const { watchedDirectories, notWatched } = source.stats();
    if (!options.quiet) process.stderr.write(`watching ${directory}: ${watchedDirectories} directories\n`);
    for (const { reason, count, samples } of notWatched)
      process.stderr.write(`not watched (${reason}): ${count}, for example ${samples[0] ?? ''}\n`);
  };
  try {
    await Promise.race([Promise.all(directories.map(open)), ended.promise]);
    await ended.promise;
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
};
