import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry, JournalPage } from '../../../sidecar/agent/journal/journal.ts';
import { toJournalLine } from '../../../sidecar/agent/journal/to-journal-line.ts';
import { Failure } from '../../process/failure.ts';
import { readFormat } from '../../terminal/format-event.ts';
import { formatJournal } from '../../terminal/format-journal.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { chooseAgent } from './choose-agent.ts';
import { readJournal } from './control-socket.ts';

const lookMs = 300;
const shownAtFirst = 50;

const named = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');
const textOf = (bytes: string): string => named(bytes).toString('utf8');

/** `12:00:01.123  Write   dr  +12 ms  d/a`; the bytes of a name as they are. */
export const formatEntry = ({ operation, path, from, target, at, arrivedAt }: JournalEntry): Buffer =>
  Buffer.concat([
    Buffer.from(
      `${new Date(at).toISOString()}  ${operation.padEnd(10)}  ${target}  +${arrivedAt - at} ms  ${from === undefined ? '' : `${textOf(from)} → `}`,
    ),
    named(`${path}\n`),
  ]);

export const formatJsonEntry = (entry: JournalEntry): Buffer =>
  Buffer.from(`${JSON.stringify(toJournalLine(entry))}\n`);

/** By inotifywait's format; `source` is the directory that is copied. */
export const formatEntryBy = (format: string, source: string): ((entry: JournalEntry) => Buffer) => {
  const text = readFormat(format, '\n');
  const root = `${Buffer.from(source).toString('latin1').replace(/\/$/, '')}/`;
  return (entry) => Buffer.from(formatJournal(toJournalLine(entry), text, root, entry.number), 'latin1');
};

/** `syncreplica log`: the journal of an agent of this machine, asked by the socket that only its user and root may use. */
export const logCommand = async (options: {
  readonly source?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly format?: string;
}): Promise<void> => {
  if (options.json && options.format !== undefined)
    throw new UsageFailure('--json and --format are two ways to say it', { hint: 'give one of them' });
  const { socket, status } = await chooseAgent(options.source);
  const ofText = options.format === undefined ? formatEntry : formatEntryBy(options.format, status.source);
  const format = options.json ? formatJsonEntry : ofText;
  for (let after = -shownAtFirst; ; ) {
    const page: JournalPage | null = await readJournal(socket, after);
    if (page === null)
      throw new Failure('JournalOff', 'read journal: it is off', { hint: 'syncreplica ctl journal on' });
    if (page.missed > 0) process.stderr.write(`${page.missed} changes between are not kept any more\n`);
    if (page.entries.length > 0) process.stdout.write(Buffer.concat(page.entries.map(format)));
    after = page.next;
    if (page.entries.length > 0) continue;
    if (!options.follow) return;
    await sleep(lookMs);
  }
};
