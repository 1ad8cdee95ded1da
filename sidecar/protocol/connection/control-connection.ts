import { Agent, type ClientRequestArgs, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCode, errorMessage, Failure } from '../../../src/process/failure.ts';
import { alpnControl, type ControlError } from '../control.ts';
import { connectReceiver, type ReceiverAddress } from './tls-connect.ts';

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

export interface ControlClientOptions extends ReceiverAddress {
  readonly volume: string;
  /** The rsync user; only `status` does without. */
  readonly user?: { readonly username: string; readonly password: string };
  /** For an answer, ms; a position, deletions, small files, what is put back and what is compared have ten times as long. Default 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Opens as many connections as are needed and keeps some; a slow position report never holds up a lease or a rename. No request
 * waits for another's connection: node:http forgets those that do when the connections break and no new one comes.
 */
class ReceiverAgent extends Agent {
  readonly #address: ReceiverAddress;

  constructor(address: ReceiverAddress) {
    super({ keepAlive: true, maxFreeSockets: 4, scheduling: 'lifo' });
    this.#address = address;
  }

  override createConnection(_: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    connectReceiver({ ...this.#address, alpn: alpnControl }).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
  }
}

/** Requests to a receiver, for one volume. Each throws as the methods of a ControlClient do. */
export interface ControlConnection {
  send(method: string, suffix: string, body: unknown, limitMs: number): Promise<unknown>;
  /** Resolves with the answer once its head is there; `limitMs` without a byte of it ends it with an error. */
  open(method: string, suffix: string, body: unknown, limitMs: number): Promise<IncomingMessage>;
  /** What is under way ends with an error, at once. */
  close(): void;
}

export const createControlConnection = (options: ControlClientOptions): ControlConnection => {
  const agent = new ReceiverAgent(options);
  const path = `/v1/volumes/${encodeURIComponent(options.volume)}`;
  const { user } = options;
  const auth = user === undefined ? {} : { auth: `${user.username}:${user.password}` };
  /** How to end what is under way. */
  const ends = new Set<(error: Error) => void>();
  let isClosed = false;

  const call = (wish: Wish, isStream: boolean, retry = true): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(describe(new Error('its connection was closed'), options));
      const { method, suffix, body, limitMs } = wish;
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const sent = request({ agent, method, path: path + suffix, headers, host: 'receiver', ...auth }, (response) => {
        if (isStream) {
          clearTimeout(timer);
          response.setTimeout(limitMs, () => sent.destroy(new Error(`nothing came for ${limitMs} ms`)));
        }
        resolve(response);
      });
      const forget = (): void => {
        clearTimeout(timer);
        ends.delete(end);
      };
      // One that has no connection yet tells nobody that it was destroyed.
      const end = (error: Error): void => {
        forget();
        sent.destroy(error);
        reject(describe(error, options));
      };
      const timer = setTimeout(() => end(new Error(`no answer within ${limitMs} ms`)), limitMs);
      ends.add(end);
      sent.on('close', forget);
      sent.on('error', (error) => {
        // It was told already; what nobody waits for is not sent again.
        if (!ends.has(end)) return;
        // A kept connection may have been closed by the other end just now; every request may be sent twice.
        if (retry && sent.reusedSocket && errorCode(error) === 'ECONNRESET') resolve(call(wish, isStream, false));
        else reject(describe(error, options));
      });
      sent.end(text);
    });

  const readAll = async (response: IncomingMessage): Promise<unknown> => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch (error) {
      throw describe(error as Error, options);
    }
    const status = response.statusCode ?? 0;
    const answer = parseAnswer(Buffer.concat(chunks).toString());
    if (status < 300) return answer;
    throw new ControlFailure(status, toControlError(status, answer));
  };

  return {
    send: async (method, suffix, body, limitMs) => readAll(await call({ method, suffix, body, limitMs }, false)),
    open: async (method, suffix, body, limitMs) => {
      const response = await call({ method, suffix, body, limitMs }, true);
      if ((response.statusCode ?? 0) >= 300) await readAll(response);
      return response;
    },
    close: () => {
      isClosed = true;
      for (const end of ends) end(new Error('its connection was closed'));
      agent.destroy();
    },
  };
};

interface Wish {
  readonly method: string;
  readonly suffix: string;
  readonly body: unknown;
  readonly limitMs: number;
}

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
