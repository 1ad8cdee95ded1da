import { verbs } from './cluster/kubectl-verbs.ts';
import type { LogOptions } from './open-log.ts';
import { makePlugin, makeProgram } from './program.ts';
import { exitCodeOf, reportFailure } from './report-failure.ts';
import { version } from './version.ts';

const commands = {
  agent: async () => (await import('./halves/agent-command.ts')).agentCommand,
  receiver: async () => (await import('./halves/receiver-command.ts')).receiverCommand,
  local: async () => (await import('./halves/local-command.ts')).localCommand,
  certs: async () => (await import('./certificates/certs-command.ts')).certsCommand,
  status: async () => (await import('./running/status-command.ts')).statusCommand,
  log: async () => (await import('./running/log-command.ts')).logCommand,
  fill: async () => (await import('./halves/fill-command.ts')).fillCommand,
  watch: async () => (await import('./halves/watch-command.ts')).watchCommand,
  verify: async () => (await import('./running/verify-command.ts')).verifyCommand,
  ctl: async () => (await import('./running/ctl-command.ts')).ctlCommand,
  promote: async () => (await import('./past/promote-command.ts')).promoteCommand,
  demote: async () => (await import('./past/promote-command.ts')).demoteCommand,
  history: async () => (await import('./past/history-command.ts')).historyCommand,
  'release-finalizers': async () => (await import('./cluster/release-command.ts')).releaseCommand,
  operator: async () => {
    const { runOperator } = await import('../main.ts');
    return ({ logLevel, logFormat }: LogOptions) =>
      runOperator({ ...process.env, SYNCREPLICA_LOG_LEVEL: logLevel, SYNCREPLICA_LOG_FORMAT: logFormat });
  },
};

/** How bin/kubectl-syncreplica.mjs says what it is. */
const pluginWord = '--as-kubectl-plugin';
const given = process.argv.slice(2);
const isPlugin = given[0] === pluginWord;
const program = isPlugin ? makePlugin(version, verbs) : makeProgram(version, commands, verbs);

/** Who reads the answer through `head` has read enough; what an agent says is no answer. */
const endWithReader = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
};
if (isPlugin || verbs.some(({ name }) => name === given[0])) process.stdout.on('error', endWithReader);

try {
  await program.run(isPlugin ? given.slice(1) : given);
} catch (error) {
  reportFailure(error);
  process.exit(exitCodeOf(error));
}
