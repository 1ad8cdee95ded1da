/** What can be said of what is asked of the past, wherever it is kept. */
export const pastFlags: readonly { readonly flag: string; readonly help: string; readonly repeatable?: boolean }[] = [
  { flag: '--at <time>', help: '14:05, 2026-03-01T14:05:00Z, or 10m for ten minutes ago' },
  { flag: '--any', help: 'the last moment before, also one at which changes were under way' },
  { flag: '--consistent', help: 'the last checkpoint before for which the application was still' },
  { flag: '--path <path>', help: 'what is restored (repeatable; all)', repeatable: true },
  { flag: '--to <dir>', help: 'restore a copy into a directory that is new, or as a tar to standard output: -' },
  { flag: '--into <dir>', help: "put back where it was below a directory that is there: the source's, on its machine" },
  { flag: '--beside <name>', help: 'make a tree of it beside the replica, of links or clones, under this name' },
  { flag: '--keep <duration>', help: 'let that tree go after this (24h)' },
  { flag: '--limit <n>', help: 'lines at most (1000)' },
];
