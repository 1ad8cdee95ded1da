/** What the daemon logs of each entry; see `log format` of rsyncd.conf(5). */
export const transferFormat = '%o %l %b %n';

/** One entry that came, went out or was deleted. The name is as rsync writes it: what is no printable byte is `\#ooo`. */
export interface Transfer {
  readonly operation: 'received' | 'sent' | 'deleted';
  readonly path: string;
  /** Of the file, and what of it came over the network, bytes. */
  readonly size: number;
  readonly bytes: number;
}

const operations: Readonly<Record<string, Transfer['operation']>> = {
  recv: 'received',
  send: 'sent',
  'del.': 'deleted',
};

/** A line of the daemon's log; undefined for one that tells of no entry. */
export const parseTransfer = (line: string): Transfer | undefined => {
  const [, word = '', size = '', bytes = '', name = ''] =
    /^\S+ \S+ \[\d+\] (recv|send|del\.) (\d+) (\d+) (.*)$/.exec(line) ?? [];
  const operation = operations[word];
  if (operation === undefined) return undefined;
  return { operation, path: name.replace(/\/$/, ''), size: Number(size), bytes: Number(bytes) };
};
