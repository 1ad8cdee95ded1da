import { makeProgram } from './program.ts';
import { exitCodeOf, reportFailure } from './report-failure.ts';
import { version } from './version.ts';

const program = makeProgram(version, {
  agent: async () => (await import('./agent-command.ts')).agentCommand,
  receiver: async () => (await import('./receiver-command.ts')).receiverCommand,
  local: async () => (await import('./local-command.ts')).localCommand,
  certs: async () => (await import('./certs-command.ts')).certsCommand,
  status: async () => (await import('./status-command.ts')).statusCommand,
  operator: async () => {
    const { runOperator } = await import('../main.ts');
    return () => runOperator(process.env);
  },
});

try {
  await program.run(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
  process.exit(exitCodeOf(error));
}
