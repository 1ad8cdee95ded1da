import type { IncomingMessage } from 'node:http';
import type { BesideRequest, ForgetBesideRequest, TreeBeside } from '../past/beside.ts';
import type {
  HistoryAnswer,
  HistoryDiffAnswer,
  HistoryDiffRequest,
  HistoryLogAnswer,
  HistoryLogRequest,
  HistoryReadRequest,
  ResumeRequest,
  RollBackAnswer,
  RollBackRequest,
} from '../past/history.ts';
import { type ControlClientOptions, createControlConnection } from './control-connection.ts';

/** Asks a receiver of its volume's past. Every method throws as those of a ControlClient do. */
export interface HistoryClient {
  describe(): Promise<HistoryAnswer>;
  log(request: HistoryLogRequest): Promise<HistoryLogAnswer>;
  diff(request: HistoryDiffRequest): Promise<HistoryDiffAnswer>;
  /** The stream of history.ts; unpack-past.ts writes it to a directory. */
  read(request: HistoryReadRequest): Promise<IncomingMessage>;
  listBeside(): Promise<readonly TreeBeside[]>;
  makeBeside(request: BesideRequest): Promise<TreeBeside>;
  forgetBeside(request: ForgetBesideRequest): Promise<void>;
  rollBack(request: RollBackRequest): Promise<RollBackAnswer>;
  resume(request: ResumeRequest): Promise<void>;
  close(): void;
}

/** All journals are read, and what is rolled back may be much. */
const timeoutMs = 600_000;
const silentMs = 120_000;

export const createHistoryClient = (options: ControlClientOptions): HistoryClient => {
  const { send, open, close } = createControlConnection(options);
  return {
    describe: async () => (await send('GET', '/history', undefined, timeoutMs)) as HistoryAnswer,
    log: async (request) => (await send('POST', '/history-log', request, timeoutMs)) as HistoryLogAnswer,
    diff: async (request) => (await send('POST', '/history-diff', request, timeoutMs)) as HistoryDiffAnswer,
    read: (request) => open('POST', '/history-read', request, silentMs),
    listBeside: async () => (await send('GET', '/history-beside', undefined, timeoutMs)) as readonly TreeBeside[],
    makeBeside: async (request) => (await send('POST', '/history-beside', request, timeoutMs)) as TreeBeside,
    forgetBeside: async (request) => {
      await send('DELETE', '/history-beside', request, timeoutMs);
    },
    rollBack: async (request) => (await send('POST', '/roll-back', request, timeoutMs)) as RollBackAnswer,
    resume: async (request) => {
      await send('DELETE', '/roll-back', request, timeoutMs);
    },
    close,
  };
};
