export const watchHelp = 'say what changes below directories, like inotifywait -mr, names whole';

/** Of `syncreplica watch`, as commander writes them. */
export const watchFlags = [
  { flag: '-e, --event <list>', help: 'create, modify, close_write, attrib, delete, moved_from, moved_to, move (all)' },
  { flag: '--exclude <pattern>', help: 'rsync pattern of what is not watched (repeatable)', repeatable: true },
  { flag: '--include <pattern>', help: 'of what is watched although excluded (repeatable)', repeatable: true },
  { flag: '--format <text>', help: '%w directory %f name %e events %T time %c move %0 NUL %n line end (%w %e %f%n)' },
  { flag: '--json', help: 'a JSON object a line; a move is one' },
  { flag: '-0, --null', help: 'paths alone, each ended by NUL; with --format in place of the line end' },
  { flag: '--once', help: 'end with the first' },
  { flag: '-q, --quiet', help: 'do not say when the watch is complete' },
];
