import type { Verb, VerbFlag } from './verb.ts';

const wholeForms = ['table', 'json', 'yaml', 'name'];
const yes: VerbFlag = { flag: '-y, --yes', help: 'do it without asking' };
const oneTarget: VerbFlag = { flag: '--target <name>', help: 'this target alone' };
const watch: VerbFlag = { flag: '-w, --watch', help: 'go on until interrupted' };

/** The verbs that talk to a cluster: `kubectl syncreplica VERB`, and the same of `syncreplica`. */
export const verbs: readonly Verb[] = [
  {
    name: 'list',
    description: 'show every SyncReplica, and what is wrong with it',
    argument: 'none',
    everywhere: true,
    forms: wholeForms,
    flags: [],
    load: async () => (await import('./show/list-verb.ts')).runList,
  },
  {
    name: 'status',
    description: 'show one SyncReplica with its replicas: state, lag, progress, and what to do',
    argument: 'required',
    forms: wholeForms,
    flags: [watch],
    load: async () => (await import('./show/status-verb.ts')).runStatus,
  },
  {
    name: 'top',
    description: 'show every replica, the one that is furthest behind first',
    argument: 'none',
    everywhere: true,
    forms: ['table', 'json', 'yaml'],
    flags: [watch],
    load: async () => (await import('./show/top-verb.ts')).runTop,
  },
  {
    name: 'events',
    description: 'show what happened, the latest last',
    argument: 'optional',
    everywhere: true,
    forms: wholeForms,
    flags: [watch],
    load: async () => (await import('./show/events-verb.ts')).runEvents,
  },
  {
    name: 'logs',
    description: "show the logs of a SyncReplica's agents and receivers together",
    argument: 'required',
    flags: [
      { flag: '-f, --follow', help: 'go on until interrupted' },
      { flag: '--since <duration>', help: 'what was written since then (1h)' },
      { flag: '--raw', help: 'the JSON lines as they are' },
    ],
    load: async () => (await import('./show/logs-verb.ts')).runLogs,
  },
  {
    name: 'sync',
    description: 'compare the whole tree with every target now',
    argument: 'required',
    flags: [{ flag: '--wait', help: 'until every target was compared' }],
    load: async () => (await import('./steer/sync-verb.ts')).runSync,
  },
  {
    name: 'verify',
    description: 'compare both sides, contents too, and have mended what differs',
    argument: 'required',
    flags: [{ flag: '--wait', help: 'show how far it is and what came out; exit code 1 where anything differed' }],
    load: async () => (await import('./verify/verify-verb.ts')).runVerify,
  },
  {
    name: 'pause',
    description: 'stop sending; changes are kept and sent after resume',
    argument: 'required',
    flags: [oneTarget],
    load: async () => (await import('./steer/pause-verbs.ts')).runPause,
  },
  {
    name: 'resume',
    description: 'go on after pause',
    argument: 'required',
    flags: [oneTarget],
    load: async () => (await import('./steer/pause-verbs.ts')).runResume,
  },
  {
    name: 'release-deletes',
    description: 'let deletions go on that the guard holds, after showing them',
    argument: 'required',
    flags: [yes],
    load: async () => (await import('./steer/release-deletes-verb.ts')).runReleaseDeletes,
  },
  {
    name: 'promote',
    description: 'take a target into use in place of its source, after showing what would be lost',
    argument: 'required',
    second: 'target',
    flags: [yes],
    load: async () => (await import('./steer/promote-verb.ts')).runPromote,
  },
  {
    name: 'demote',
    description: 'make a promoted target a target again; its source replaces what it holds',
    argument: 'required',
    second: 'target',
    flags: [yes],
    load: async () => (await import('./steer/promote-verb.ts')).runDemote,
  },
  {
    name: 'fail-back',
    description:
      'show the SyncReplica from a promoted target back to the old source, in place, and what comes after it',
    argument: 'required',
    second: 'target',
    flags: [{ flag: '--apply', help: 'make it' }],
    load: async () => (await import('./steer/fail-back-verb.ts')).runFailBack,
  },
  {
    name: 'doctor',
    description: 'look for what is wrong, and say what to do about it',
    argument: 'optional',
    everywhere: true,
    forms: ['table', 'json', 'yaml'],
    flags: [],
    load: async () => (await import('./doctor/doctor-verb.ts')).runDoctor,
  },
  {
    name: 'report',
    description: 'write all that helps to find a fault, without secrets and without names of files',
    argument: 'required',
    flags: [
      { flag: '--file <path>', help: 'where to write it (standard output)' },
      { flag: '--with-file-names', help: 'leave the names of files in messages and logs' },
    ],
    load: async () => (await import('./doctor/report-verb.ts')).runReport,
  },
  {
    name: 'completion',
    description: 'print the shell’s completion',
    argument: 'required',
    argumentName: 'shell',
    flags: [],
    load: async () => (await import('./completion-verb.ts')).makeCompletion(verbs),
  },
  {
    name: 'link',
    description: 'not in this version',
    argument: 'optional',
    flags: [],
    load: async () => (await import('./steer/missing-verbs.ts')).runLink,
  },
];
