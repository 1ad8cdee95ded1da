import type { Flag } from './flag.ts';

/** What a receiver keeps of the past. */
export const keepFlags: readonly Flag[] = [
  { flag: '--history-keep <duration>', help: 'keep what is replaced for so long, for example 24h (off)' },
  { flag: '--history-max-size <size>', help: 'and no more of it: 20% of the volume, or 10Gi (20%)' },
];

/** What a receiver is told. */
export const receiverFlags: readonly Flag[] = [
  { flag: '--dir <dir>', help: 'where the replica is kept, as DIR/data' },
  { flag: '--listen <host:port>', help: 'where agents connect (:8730, every address)' },
  {
    flag: '--dial <host:port/target>',
    help: 'dial an agent that can not dial us (its --await), as the target of that name there',
  },
  { flag: '--volume <name>', help: 'name of the volume, as in srep://HOST:PORT/VOLUME (what the first agent says)' },
  { flag: '--hosts-allow <list>', help: 'addresses or networks that may connect, separated by commas' },
  { flag: '--hosts-deny <list>', help: 'addresses or networks that may not' },
  { flag: '--max-connections <n>', help: 'connections at a time' },
  { flag: '--timeout <duration>', help: 'a silent rsync connection is ended after this (10m)' },
  { flag: '--access <kind>', help: 'SameUser, or Elevated as root to keep owners (SameUser)' },
  { flag: '--read-only', help: 'serve the replica, take no changes' },
  { flag: '--list', help: 'name the volume to a client that asks the daemon for its modules' },
  { flag: '--comment <text>', help: 'what such a client is told of it, one line' },
  { flag: '--transfer-log', help: 'log every entry that comes, goes or is deleted, by name' },
  {
    flag: '--take-in <path>',
    help: 'what is there already becomes the replica, by a rename: . or a directory in DIR (an old source)',
  },
  {
    flag: '--fresh-for <duration>',
    help: 'say in DIR/fresh/until how long the copy may be served after it was known to be its source, for example 30s (off)',
  },
  { flag: '--relay <relay.json>', help: 'whom it feeds in its turn, as the operator writes it' },
  { flag: '--relay-as <name>', help: 'first, or a name that ends with our number among the readers (first)' },
  ...keepFlags,
];
