import type { AgentStatus } from './agent-status.ts';
import type {
  DeleteAnswer,
  DeleteRequest,
  DemoteRequest,
  LeaseAnswer,
  LeaseRequest,
  PositionAnswer,
  PositionReport,
  PromoteRequest,
  RenameAnswer,
  RenameRequest,
  VolumeStatus,
} from './control.ts';
import { type ControlClientOptions, createControlConnection } from './control-connection.ts';
import type { KeptAnswer, UndeleteAnswer, UndeleteRequest } from './kept.ts';
import type { Operation, PreserveRequest } from './preserve.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from './verify.ts';

/**
 * Every method throws ControlFailure on a refusal, and Failure with a ConnectReason as `code` when the receiver can't
 * be reached or doesn't answer in time.
 */
export interface ControlClient {
  takeLease(lease: LeaseRequest): Promise<LeaseAnswer>;
  releaseLease(epoch: number): Promise<void>;
  /** Only where the lease's answer tells of a history. */
  preserve(request: PreserveRequest): Promise<Operation>;
  /** The last operation that was answered; undefined where there is no history. */
  readonly lastOperation: number | undefined;
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

export const createControlClient = (options: ControlClientOptions): ControlClient => {
  const { send, close } = createControlConnection(options);
  const timeoutMs = options.timeoutMs ?? 10_000;
  let lastOperation: number | undefined;
  const counted = <T extends Partial<Operation>>(answer: unknown): T => {
    const { operation } = answer as T;
    if (operation !== undefined) lastOperation = Math.max(lastOperation ?? 0, operation);
    return answer as T;
  };

  return {
    takeLease: async (lease) => {
      const answer = (await send('PUT', '/lease', lease, timeoutMs)) as LeaseAnswer;
      lastOperation ??= answer.history?.operation;
      return answer;
    },
    preserve: async (request) => counted(await send('POST', '/preserve', request, timeoutMs * 10)),
    get lastOperation() {
      return lastOperation;
    },
    releaseLease: async (epoch) => {
      await send('DELETE', '/lease', { epoch }, timeoutMs);
    },
    rename: async (renames) => counted<RenameAnswer>(await send('POST', '/rename', renames, timeoutMs)),
    delete: async (deletions) => counted<DeleteAnswer>(await send('POST', '/delete', deletions, timeoutMs * 10)),
    listKept: async () => (await send('GET', '/kept', undefined, timeoutMs)) as KeptAnswer,
    undelete: async (kept) => counted<UndeleteAnswer>(await send('POST', '/undelete', kept, timeoutMs * 10)),
    list: async (wishes) => (await send('POST', '/list', wishes, timeoutMs * 10)) as ListAnswer,
    hash: async (wishes) => (await send('POST', '/hash', wishes, timeoutMs * 10)) as HashAnswer,
    reportPosition: async (report) => (await send('PUT', '/position', report, timeoutMs * 10)) as PositionAnswer,
    promote: async (promotion) => (await send('PUT', '/promotion', promotion, timeoutMs)) as VolumeStatus,
    demote: async (promotion) => (await send('DELETE', '/promotion', promotion, timeoutMs)) as VolumeStatus,
    status: async () => (await send('GET', '', undefined, timeoutMs)) as VolumeStatus,
    report: async (status) => {
      await send('POST', '/report', status, timeoutMs);
    },
    close,
  };
};
