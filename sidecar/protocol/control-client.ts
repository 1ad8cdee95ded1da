import { Agent, type ClientRequestArgs, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode, errorMessage, Failure } from '../../src/process/failure.ts';
import type { AgentStatus } from './agent-status.ts';
import {
  alpnControl,
  type ControlError,
  type DeleteAnswer,
  type DeleteRequest,
  type DemoteRequest,
  type KeptAnswer,
  type LeaseAnswer,
  type LeaseRequest,
  type PositionAnswer,
  type PositionReport,
  type PromoteRequest,
  type RenameAnswer,
  type RenameRequest,
  type UndeleteAnswer,
  type UndeleteRequest,
  type VolumeStatus,
} from './control.ts';
import { connectReceiver, type ReceiverAddress } from './tls-connect.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from './verify.ts';

/** A refusal by the receiver: `code` is that of the ControlError, all of which is in `answer`. */
export class ControlFailure extends Failure {
  readonly status: number;
  readonly answer: ControlError;

  constructor(status: number, answer: ControlError) {
    super(answer.code, answer.message, { hint: answer.hint });
    this.name = 'ControlFailure';
    this.status = status;
    this.answer = answer;
  }
}

/**
 * Every method throws ControlFailure on a refusal, and Failure with a ConnectReason as `code` when the receiver can't
 * be reached or doesn't answer in time.
 */
export interface ControlClient {
  takeLease(lease: LeaseRequest): Promise<LeaseAnswer>;
  releaseLease(epoch: number): Promise<void>;
  rename(renames: RenameRequest): Promise<RenameAnswer>;
  delete(deletions: DeleteRequest): Promise<DeleteAnswer>;
  listKept(): Promise<KeptAnswer>;
  undelete(request: UndeleteRequest): Promise<UndeleteAnswer>;
  list(request: ListRequest): Promise<ListAnswer>;
  hash(request: HashRequest): Promise<HashAnswer>;
  /** Resolves when the data before the position, and the position, are durable: seconds on a slow disk. */
  reportPosition(report: PositionReport): Promise<PositionAnswer>;
  promote(request: PromoteRequest): Promise<VolumeStatus>;
  demote(request: DemoteRequest): Promise<VolumeStatus>;
  status(): Promise<VolumeStatus>;
  /** Hands the agent's own status over. */
  report(status: AgentStatus): Promise<void>;
  close(): void;
}

export interface ControlClientOptions extends ReceiverAddress {
  readonly volume: string;
  /** The rsync user; only `status` does without. */
  readonly user?: { readonly username: string; readonly password: string };
  /** For an answer, ms; a position, deletions, what is put back and what is compared have ten times as long. Default 10 s. */
  readonly timeoutMs?: number;
}

/** Opens connections when they are needed and keeps them; a slow position report never holds up a lease or a rename. */
class ReceiverAgent extends Agent {
  readonly #address: ReceiverAddress;

  constructor(address: ReceiverAddress) {
    super({ keepAlive: true, maxSockets: 4, maxFreeSockets: 2, scheduling: 'lifo' });
    this.#address = address;
  }

  override createConnection(_: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    connectReceiver({ ...this.#address, alpn: alpnControl }).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
  }
}

export const createControlClient = (options: ControlClientOptions): ControlClient => {
  const agent = new ReceiverAgent(options);
  const timeoutMs = options.timeoutMs ?? 10_000;
  const path = `/v1/volumes/${encodeURIComponent(options.volume)}`;
  const { user } = options;
  const auth = user === undefined ? {} : { auth: `${user.username}:${user.password}` };

  const send = (method: string, suffix: string, body: unknown, limitMs: number, retry = true): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const call = request({ agent, method, path: path + suffix, headers, host: 'receiver', ...auth }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => reject(describe(error, options)));
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          const answer = parseAnswer(Buffer.concat(chunks).toString());
          if (status < 300) resolve(answer);
          else reject(new ControlFailure(status, toControlError(status, answer)));
        });
      });
      const timer = setTimeout(() => call.destroy(new Error(`no answer within ${limitMs} ms`)), limitMs);
      call.on('close', () => clearTimeout(timer));
      call.on('error', (error) => {
        // A kept connection may have been closed by the other end just now; every request may be sent twice.
        if (retry && call.reusedSocket && errorCode(error) === 'ECONNRESET') {
          resolve(send(method, suffix, body, limitMs, false));
        } else reject(describe(error, options));
      });
      call.end(text);
    });

  return {
    takeLease: async (lease) => (await send('PUT', '/lease', lease, timeoutMs)) as LeaseAnswer,
    releaseLease: async (epoch) => {
      await send('DELETE', '/lease', { epoch }, timeoutMs);
    },
    rename: async (renames) => (await send('POST', '/rename', renames, timeoutMs)) as RenameAnswer,
    delete: async (deletions) => (await send('POST', '/delete', deletions, timeoutMs * 10)) as DeleteAnswer,
    listKept: async () => (await send('GET', '/kept', undefined, timeoutMs)) as KeptAnswer,
    undelete: async (kept) => (await send('POST', '/undelete', kept, timeoutMs * 10)) as UndeleteAnswer,
    list: async (wishes) => (await send('POST', '/list', wishes, timeoutMs * 10)) as ListAnswer,
    hash: async (wishes) => (await send('POST', '/hash', wishes, timeoutMs * 10)) as HashAnswer,
    reportPosition: async (report) => (await send('PUT', '/position', report, timeoutMs * 10)) as PositionAnswer,
    promote: async (promotion) => (await send('PUT', '/promotion', promotion, timeoutMs)) as VolumeStatus,
    demote: async (promotion) => (await send('DELETE', '/promotion', promotion, timeoutMs)) as VolumeStatus,
    status: async () => (await send('GET', '', undefined, timeoutMs)) as VolumeStatus,
    report: async (status) => {
      await send('POST', '/report', status, timeoutMs);
    },
    close: () => agent.destroy(),
  };
};

const describe = (cause: Error, { host, port }: ReceiverAddress): Failure =>
  cause instanceof Failure
    ? cause
    : new Failure('TargetUnreachable', `ask receiver ${host}:${port}: ${errorMessage(cause)}`, {
        cause,
        hint: 'check that the receiver runs and that this host can reach it',
      });

const parseAnswer = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};

const toControlError = (status: number, answer: unknown): ControlError =>
  typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer
    ? (answer as ControlError)
    : { code: 'Internal', message: `ask receiver: it answered ${status} without a reason` };
