import { verbs } from './kubectl-verbs.ts';
import type { LogOptions } from './open-log.ts';
import { makePlugin, makeProgram } from './program.ts';
import { exitCodeOf, reportFailure } from './report-failure.ts';
import { version } from './version.ts';

const commands = {
  agent: async () => (await import('./agent-command.ts')).agentCommand,
  receiver: async () => (await import('./receiver-command.ts')).receiverCommand,
  local: async () => (await import('./local-command.ts')).localCommand,
  certs: async () => (await import('./certs-command.ts')).certsCommand,
  status: async () => (await import('./status-command.ts')).statusCommand,
  log: async () => (await import('./log-command.ts')).logCommand,
  fill: async () => (await import('./fill-command.ts')).fillCommand,
  watch: async () => (await import('./watch-command.ts')).watchCommand,
  verify: async () => (await import('./verify-command.ts')).verifyCommand,
  ctl: async () => (await import('./ctl-command.ts')).ctlCommand,
  promote: async () => (await import('./promote-command.ts')).promoteCommand,
  demote: async () => (await import('./promote-command.ts')).demoteCommand,
  history: async () => (await import('./history-command.ts')).historyCommand,
  'release-finalizers': async () => (await import('./release-command.ts')).releaseCommand,
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
