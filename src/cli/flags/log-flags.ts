export const logHelp =
  'show what was sent lately, to whom and how fast: the journal of an agent on this machine, or with a name of a SyncReplica';

/** Of `syncreplica log`, as commander writes them. */
export const logFlags = [
  { flag: '--source <dir>', help: 'which agent, by what it copies or by its process' },
  { flag: '--follow', help: 'go on until interrupted' },
  { flag: '--json', help: 'a JSON object a line' },
  {
    flag: '--format <text>',
    help: 'as inotifywait: %w directory %f name %e events %T time %c move %0 %n, %t target %d ms',
  },
];
