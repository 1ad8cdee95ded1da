import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { ClientIdentity } from '../../../src/process/tls/certificate-identity.ts';
import type { AgentStatus } from '../../protocol/agent-status.ts';
import type {
  ControlError,
  DeleteAnswer,
  DeleteRequest,
  DemoteRequest,
  LeaseRequest,
  PositionAnswer,
  PositionReport,
  PromoteRequest,
  RenameAnswer,
  RenameRequest,
  VolumeStatus,
} from '../../protocol/control.ts';
import type { CopyAnswer, CopyRequest } from '../../protocol/copy.ts';
import type { HookLinesRequest } from '../../protocol/hook-file.ts';
import type { KeptAnswer, UndeleteAnswer, UndeleteRequest } from '../../protocol/past/kept.ts';
import type { CheckpointAnswer, CheckpointRequest } from '../../protocol/past/preserve.ts';
import type { SmallFilesAnswer, SmallFilesRequest } from '../../protocol/small-files.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from '../../protocol/verify.ts';
import { parseCopyRequest } from '../copy/copy-files.ts';
import { answerHold, type HoldControl } from '../hold/answer-hold.ts';
import { parseHookLines } from '../hook-files/parse-hook-lines.ts';
import { Refusal, refusalStatus } from '../refusal.ts';
import { parseSmallFiles } from '../small-files/parse-small-files.ts';
import { parseHashRequest, parseListRequest } from '../verify/parse-verify-request.ts';
import { answerHistory, type HistoryControl, isHistoryRead } from './answer-history.ts';
import {
  parseAgentReport,
  parseCheckpointRequest,
  parseDeleteRequest,
  parseDemoteRequest,
  parseLeaseRelease,
  parseLeaseRequest,
  parsePositionReport,
  parsePromoteRequest,
  parseRenameRequest,
  parseUndeleteRequest,
  readBody,
} from './control-request.ts';

/** What the control connection can ask of a volume. Each may throw a Refusal. */
export interface ControlActions {
  readonly history: HistoryControl;
  readonly hold: HoldControl;
  takeLease(volume: string, request: LeaseRequest): Promise<object>;
  releaseLease(volume: string, epoch: number): Promise<void>;
  rename(volume: string, request: RenameRequest): Promise<RenameAnswer>;
  delete(volume: string, request: DeleteRequest): Promise<DeleteAnswer>;
  writeSmallFiles(volume: string, request: SmallFilesRequest): Promise<SmallFilesAnswer>;
  copy(volume: string, request: CopyRequest): Promise<CopyAnswer>;
  listKept(volume: string): Promise<KeptAnswer>;
  undelete(volume: string, request: UndeleteRequest): Promise<UndeleteAnswer>;
  list(volume: string, request: ListRequest): Promise<ListAnswer>;
  hash(volume: string, request: HashRequest): Promise<HashAnswer>;
  hookLines(volume: string, request: HookLinesRequest): Promise<void>;
  checkpoint(volume: string, request: CheckpointRequest): Promise<CheckpointAnswer>;
  reportPosition(volume: string, report: PositionReport): Promise<PositionAnswer>;
  promote(volume: string, request: PromoteRequest): Promise<VolumeStatus>;
  demote(volume: string, request: DemoteRequest): Promise<VolumeStatus>;
  status(volume: string): Promise<VolumeStatus>;
  report(volume: string, status: AgentStatus): Promise<void>;
}

/** Whether a name and a password are those of a user that may write. */
export type IsUser = (username: string, password: string) => boolean;

export interface ControlApi {
  /** Serves HTTP on a connection whose certificate says `identity`. */
  serve(socket: TLSSocket, identity: ClientIdentity): void;
  close(): void;
}

const idleTimeoutMs = 65_000;

/** The HTTP half of control.ts. */
export const createControlApi = (actions: ControlActions, isUser: IsUser, logger: Logger): ControlApi => {
  const identities = new WeakMap<object, ClientIdentity>();
  const server = createServer({ keepAliveTimeout: idleTimeoutMs, requestTimeout: 30_000 }, (request, response) => {
    const identity = identities.get(request.socket) ?? { volumes: [] };
    route(actions, isUser, identity, request).then(
      (answer) => send(response, answer === undefined ? 204 : 200, answer),
      (error: unknown) => {
        if (!(error instanceof Refusal))
          logger.error({ err: error, method: request.method, url: request.url }, 'control request failed');
        const answer = toControlError(error);
        send(response, refusalStatus[answer.code], answer);
      },
    );
  });
  return {
    serve(socket, identity) {
      identities.set(socket, identity);
      server.emit('connection', socket);
    },
    close: () => server.closeAllConnections(),
  };
};

/** The whole HTTP answer to a client that is not let in: it is read as the answer to its first request. */
export const rawRefusal = (answer: ControlError): string => {
  const body = JSON.stringify(answer);
  return `HTTP/1.1 ${refusalStatus[answer.code]} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
};

const route = async (
  actions: ControlActions,
  isUser: IsUser,
  identity: ClientIdentity,
  request: IncomingMessage,
): Promise<unknown> => {
  const [, version, collection, name = '', verb = '', ...rest] = (request.url ?? '').split('/');
  const volume = decodeName(name);
  if (version !== 'v1' || collection !== 'volumes' || rest.length > 0) throw unknownRequest(request);
  const asked = `${request.method} ${verb}`;
  const isOperatorsLook = identity.isOperator === true && asked === 'GET ';
  const isReading = identity.history?.includes(volume) === true && isHistoryRead(asked);
  if (!identity.volumes.includes(volume) && !isOperatorsLook && !isReading) {
    throw new Refusal({
      code: 'Forbidden',
      message: `use volume ${volume}: the client certificate names ${identity.volumes.join(', ') || 'no volume'}`,
      hint: 'use a certificate that was issued for this volume',
    });
  }
  if (asked === 'GET ') {
    const { agents, ...status } = await actions.status(volume);
    return identity.replica || identity.isOperator ? { ...status, agents } : status;
  }
  // A reader's certificate is made for one person and an hour; it has no password beside it.
  if (!isReading) requireUser(isUser, request);
  switch (asked) {
    case 'PUT lease':
      return actions.takeLease(volume, ofOwnOperator(parseLeaseRequest(await readBody(request)), identity));
    case 'DELETE lease':
      return actions.releaseLease(volume, parseLeaseRelease(await readBody(request)).epoch);
    case 'POST rename':
      return actions.rename(volume, parseRenameRequest(await readBody(request)));
    case 'POST delete':
      return actions.delete(volume, parseDeleteRequest(await readBody(request)));
    case 'POST small-files':
      return actions.writeSmallFiles(volume, parseSmallFiles(await readBody(request)));
    case 'POST copy':
      return actions.copy(volume, parseCopyRequest(await readBody(request)));
    case 'GET kept':
      return actions.listKept(volume);
    case 'POST undelete':
      return actions.undelete(volume, parseUndeleteRequest(await readBody(request)));
    case 'POST list':
      return actions.list(volume, parseListRequest(await readBody(request)));
    case 'POST hash':
      return actions.hash(volume, parseHashRequest(await readBody(request)));
    case 'POST hook-lines':
      return actions.hookLines(volume, parseHookLines(await readBody(request)));
    case 'POST report':
      return actions.report(volume, parseAgentReport(await readBody(request)));
    case 'PUT promotion':
      requireOwn(identity, request);
      return actions.promote(volume, parsePromoteRequest(await readBody(request)));
    case 'DELETE promotion':
      requireOwn(identity, request);
      return actions.demote(volume, parseDemoteRequest(await readBody(request)));
    case 'PUT checkpoint':
      return actions.checkpoint(volume, parseCheckpointRequest(await readBody(request)));
    case 'PUT position':
      return actions.reportPosition(volume, parsePositionReport(await readBody(request)));
    default:
      if (asked === 'PUT hold' || asked === 'DELETE hold') requireOwn(identity, request);
      return (
        answerHold(asked, actions.hold, volume, () => readBody(request)) ??
        answerHistory(asked, actions.history, volume, () => readBody(request)) ??
        refuseUnknown(request)
      );
  }
};

/** The same users as rsync's: a certificate alone takes no lease that its holder then could not write under. */
const requireUser = (isUser: IsUser, request: IncomingMessage): void => {
  const encoded = /^Basic ([\w+/]+=*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  if (isUser(username, password.join(':'))) return;
  throw new Refusal({
    code: 'AuthenticationFailed',
    message: `answer ${request.method} ${request.url}: username or password is wrong`,
    hint: 'use the username and password of the receiver’s credentials',
  });
};

/** Who may only write, from another installation, decides nothing about the volume. */
const requireOwn = ({ replica }: ClientIdentity, request: IncomingMessage): void => {
  if (replica) return;
  throw new Refusal({
    code: 'Forbidden',
    message: `answer ${request.method} ${request.url}: the client certificate names no SyncReplica of this receiver's installation`,
    hint: 'do it where the target’s receiver is',
  });
};

/**
 * Only the agents of the receiver's own installation carry the name of a SyncReplica in their certificate. Another
 * installation counts its operators from 1 too: its epochs say nothing here.
 */
const ofOwnOperator = (request: LeaseRequest, { replica }: ClientIdentity): LeaseRequest =>
  replica ? request : { ...request, controllerEpoch: 0 };

const decodeName = (name: string): string => {
  try {
    return decodeURIComponent(name);
  } catch {
    return '';
  }
};

const refuseUnknown = (request: IncomingMessage): never => {
  throw unknownRequest(request);
};

const unknownRequest = (request: IncomingMessage): Refusal =>
  new Refusal({ code: 'BadRequest', message: `answer ${request.method} ${request.url}: there is no such request` });

const toControlError = (error: unknown): ControlError =>
  error instanceof Refusal
    ? error.answer
    : { code: 'Internal', message: `serve request: ${error instanceof Error ? error.message : String(error)}` };

const send = (response: ServerResponse, status: number, answer: unknown): void => {
  if (answer instanceof Readable) {
    response.writeHead(status, { 'content-type': 'application/octet-stream' });
    // An end without its last line tells the client.
    pipeline(answer, response, () => {});
    return;
  }
  if (answer === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = JSON.stringify(answer);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
};
