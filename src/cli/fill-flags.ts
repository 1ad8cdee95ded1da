import type { Flag } from './flag.ts';

export const fillHelp = 'fill a directory from the replica that is newest, and end; what the volume populator runs';
export const fillFlags: readonly Flag[] = [
  { flag: '--config <settings.json>', help: 'all settings as the operator writes them' },
  { flag: '--target <name>', help: 'fill it from this one of its targets (repeatable)', repeatable: true },
  {
    flag: '--lift <dir>',
    help: "the directory is a copy of a receiver's volume, as by a snapshot: what it replicates becomes all of it",
  },
  { flag: '--report <file>', help: 'where to write what came of it, as JSON' },
];
