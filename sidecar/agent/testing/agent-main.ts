import { createLogger, silentLogger } from '../../../src/process/log/logger.ts';
import { type AgentHandle, type AgentOptions, runAgent } from '../main.ts';

/** What `AgentProcess` asks of this process; each is answered by a message with the same id. */
export type Question =
  | { readonly id: number; readonly kind: 'start'; readonly options: Omit<AgentOptions, 'logger'> }
  | { readonly id: number; readonly kind: 'status' | 'locks' }
  | { readonly id: number; readonly kind: 'update'; readonly settings: AgentOptions['settings'] };

let handle: AgentHandle | undefined;

async function answer(question: Question): Promise<unknown> {
  if (question.kind === 'start') {
    const isLoud = process.env.AGENT_TEST_LOG !== undefined;
    const logger = isLoud ? createLogger({ name: 'agent', level: 'debug', stream: 'stderr' }) : silentLogger;
    handle = await runAgent({ ...question.options, logger });
    return undefined;
  }
  if (question.kind === 'update') return handle?.update(question.settings);
  return question.kind === 'locks' ? handle?.locks() : handle?.status();
}

process.on('message', (question: Question) => {
  answer(question).then(
    (value) => process.send?.({ id: question.id, value }),
    (error: Error) => process.send?.({ id: question.id, error: error.message }),
  );
});
process.on('SIGTERM', () => {
  const ended = handle?.stop() ?? Promise.resolve();
  void ended.then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
