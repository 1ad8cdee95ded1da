import { setTimeout as sleep } from 'node:timers/promises';
import { longestJournalMs } from '../../api/journal-line.ts';
import { annotations, containers } from '../../api/names.ts';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { parseDuration } from '../../api/units/duration.ts';
import { isClusterError } from '../../cluster/cluster-error.ts';
import { Failure } from '../../process/failure.ts';
import { readFormat } from '../../terminal/format-event.ts';
import { formatJournal } from '../../terminal/format-journal.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { annotate } from '../annotate.ts';
import { type Form, formOf, printValue } from '../answer.ts';
import { fetchReplica } from '../fetch-replicas.ts';
import { type Cluster, withCluster } from '../open-cluster.ts';
import { type Call, nameOf, type RunVerb } from '../verb.ts';
import { formatJournalEntry, type JournalWord, printableEntry, readJournalWord } from './journal-entries.ts';
import { findLogSources, type LogSource, readLog } from './logs-verb.ts';

/** Who follows keeps it on so far ahead; it ends by itself that long after the last one. */
const aheadMs = 10 * 60_000;
const renewEveryMs = 2 * 60_000;
/** Pods come and go. */
const lookEveryMs = 2_000;
const defaultSinceMs = 3_600_000;

/** Writes one to the terminal, or to who reads the output. */
type Show = (word: JournalWord) => void;

/** Until when it is on, wall clock, ms; undefined where it is off. */
const isOnUntil = ({ metadata }: SyncReplica, nowMs: number): number | undefined => {
  const until = Date.parse(metadata.annotations?.[annotations.journalUntil] ?? '');
  return until > nowMs ? until : undefined;
};

const durationOf = ({ options }: Call, flag: 'for' | 'since'): number | undefined => {
  const given = options[flag];
  if (typeof given !== 'string') return undefined;
  const ms = parseDuration(given);
  if (ms === undefined || ms === 0) throw new UsageFailure(`--${flag} ${given}: write a duration such as 30m`);
  if (flag === 'for' && ms > longestJournalMs) throw new UsageFailure(`--for ${given}: 24h at most`);
  return ms;
};

/** By inotifywait's format; the bytes of a name as they are, but for a terminal, with which they could do anything. */
const showBy = (format: string): Show => {
  const text = readFormat(format, '\n');
  let moves = 0;
  return (word) => {
    if ('leftOut' in word) return sayLeftOut(word.leftOut);
    moves += Number(word.entry.from !== undefined);
    const entry = process.stdout.isTTY ? printableEntry(word.entry) : word.entry;
    process.stdout.write(Buffer.from(formatJournal(entry, text, '', moves), 'latin1'));
  };
};

const sayLeftOut = (leftOut: number): void =>
  console.error(`${leftOut} changes more are not written: too many at once`);

const showOf = ({ options }: Call): Show => {
  const form = formOf(options.output, ['table', 'json', 'yaml'], 'changes');
  if (typeof options.format !== 'string') return showAs(form);
  if (form === 'table') return showBy(options.format);
  throw new UsageFailure(`--output ${form} and --format are two ways to say it; give one of them`);
};

export const showAs = (form: Form): Show => {
  if (form === 'json') return (word) => console.log(JSON.stringify('entry' in word ? word.entry : word));
  if (form === 'yaml')
    return (word) => {
      console.log('---');
      printValue(form, 'entry' in word ? word.entry : word);
    };
  return (word) => {
    if ('entry' in word) console.log(formatJournalEntry(word.entry));
    else sayLeftOut(word.leftOut);
  };
};

/** Has agents write it for so long from now; no time that somebody else asked for is cut. The pattern is that of the last who asks. */
const switchOn = async (cluster: Cluster, call: Call, forMs: number): Promise<string> => {
  const name = nameOf(call);
  const { path } = call.options;
  const until = Math.max(isOnUntil(await fetchReplica(cluster, name), Date.now()) ?? 0, Date.now() + forMs);
  const time = new Date(until).toISOString().replace(/\.\d+Z$/, 'Z');
  await annotate(cluster, name, {
    [annotations.journalUntil]: time,
    [annotations.journalPath]: typeof path === 'string' ? path : null,
  });
  return time;
};

const findAgents = async (cluster: Cluster, name: string): Promise<readonly LogSource[]> =>
  (await findLogSources(cluster, name)).filter(({ container }) => container !== containers.receiver);

const follow = async (cluster: Cluster, call: Call, show: Show): Promise<void> => {
  // What was sent before it began was not written.
  const began = new Date(Date.now() - 1_000).toISOString();
  const lastTimes = new Map<string, string>();
  const open = new Set<string>();
  const read = async (source: LogSource): Promise<void> => {
    const key = `${source.pod}/${source.container}`;
    open.add(key);
    const since = lastTimes.get(key) ?? began;
    const sinceSeconds = Math.max(1, Math.ceil((Date.now() - Date.parse(since)) / 1_000) + 1);
    try {
      for await (const line of readLog(cluster, source, { sinceSeconds, follow: true })) {
        const said = readJournalWord(line);
        if (said === undefined || said.time <= since) continue;
        lastTimes.set(key, said.time);
        show(said.word);
      }
    } catch (error) {
      // Of a container that starts or ends; the next look tries again.
      if (!(error instanceof Failure) || isClusterError(error, 'forbidden')) throw error;
    } finally {
      open.delete(key);
    }
  };
  let failed: unknown;
  let renewedAt = performance.now();
  while (failed === undefined) {
    for (const source of await findAgents(cluster, nameOf(call)))
      if (!open.has(`${source.pod}/${source.container}`))
        read(source).catch((error: unknown) => {
          failed ??= error;
        });
    await sleep(lookEveryMs);
    if (performance.now() - renewedAt < renewEveryMs) continue;
    renewedAt = performance.now();
    await switchOn(cluster, call, aheadMs);
  }
  throw failed;
};

/** What the logs of all agents have of it, by time. */
const showPast = async (cluster: Cluster, call: Call, show: Show): Promise<number> => {
  const sinceSeconds = Math.max(1, Math.round((durationOf(call, 'since') ?? defaultSinceMs) / 1_000));
  const found: { readonly time: string; readonly word: JournalWord }[] = [];
  for (const source of await findAgents(cluster, nameOf(call)))
    try {
      for await (const line of readLog(cluster, source, { sinceSeconds })) {
        const said = readJournalWord(line);
        if (said) found.push(said);
      }
    } catch (error) {
      // Of a container that has not started; the others have theirs.
      if (!(error instanceof Failure) || isClusterError(error, 'forbidden')) throw error;
      console.error(error.message);
    }
  found.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  for (const { word } of found) show(word);
  return found.length;
};

/** The journal of what was sent: agents write it to their logs, which only those may read who may read logs. */
export const runLog: RunVerb = (call) =>
  withCluster(call.options, async (cluster) => {
    const name = nameOf(call);
    const show = showOf(call);
    const forMs = durationOf(call, 'for');
    const replica = await fetchReplica(cluster, name);
    if (call.options.off) {
      await annotate(cluster, name, { [annotations.journalUntil]: null, [annotations.journalPath]: null });
      console.error(`${name}: the journal is off`);
      return;
    }
    if (call.options.follow) {
      await switchOn(cluster, call, forMs ?? aheadMs);
      return follow(cluster, call, show);
    }
    if (forMs !== undefined) {
      console.error(`${name}: agents write what they send until ${await switchOn(cluster, call, forMs)}`);
      return;
    }
    const count = await showPast(cluster, call, show);
    if (count === 0 && isOnUntil(replica, Date.now()) === undefined)
      throw new Failure('JournalOff', `read journal of ${name}: it is off`, {
        hint: `kubectl syncreplica log ${name} --follow, or --for 1h`,
      });
  });
