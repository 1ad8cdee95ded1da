import type { Flag } from './flag.ts';

export const fillHelp = 'fill an empty directory from the replica that is newest, and end';
export const fillFlags: readonly Flag[] = [
  { flag: '--source <dir>', help: 'the directory that is filled: empty, or not there' },
  { flag: '-f, --file <replica.yaml>', help: 'the replication as a file, in place of --source' },
  {
    flag: '--target <url or name>',
    help: 'srep://… | rsync://… | rsync+tls://… | rsync+ssh://… that is asked, or which target of the file (repeatable)',
    repeatable: true,
  },
  {
    flag: '--config <settings.json>',
    help: 'all settings as the operator writes them: what its volume populator gives',
  },
  {
    flag: '--lift <dir>',
    help: "with --config: the directory is a copy of a receiver's volume, as by a snapshot: what it replicates becomes all of it",
  },
  { flag: '--report <file>', help: 'where to write what came of it, as JSON' },
];
