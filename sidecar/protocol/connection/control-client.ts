import type { AgentStatus } from '../agent-status.ts';
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
} from '../control.ts';
import type { CopyAnswer, CopyRequest } from '../copy.ts';
import type { HookLinesRequest } from '../hook-file.ts';
import type { KeptAnswer, UndeleteAnswer, UndeleteRequest } from '../past/kept.ts';
import type { CheckpointAnswer, CheckpointRequest } from '../past/preserve.ts';
import type { SmallFilesAnswer, SmallFilesRequest } from '../small-files.ts';
import type { HashAnswer, HashRequest, ListAnswer, ListRequest } from '../verify.ts';
import { type ControlClientOptions, createControlConnection } from './control-connection.ts';

/**
 * Every method throws ControlFailure on a refusal, and Failure with a ConnectReason as `code` when the receiver can't
 * be reached or doesn't answer in time.
 */
export interface ControlClient {
  takeLease(lease: LeaseRequest): Promise<LeaseAnswer>;
  releaseLease(epoch: number): Promise<void>;
  rename(renames: RenameRequest): Promise<RenameAnswer>;
  delete(deletions: DeleteRequest): Promise<DeleteAnswer>;
  writeSmallFiles(request: SmallFilesRequest): Promise<SmallFilesAnswer>;
  /** A receiver of an earlier version refuses it as BadRequest. */
  copy(copies: CopyRequest): Promise<CopyAnswer>;
  listKept(): Promise<KeptAnswer>;
  undelete(request: UndeleteRequest): Promise<UndeleteAnswer>;
  list(request: ListRequest): Promise<ListAnswer>;
  hash(request: HashRequest): Promise<HashAnswer>;
  /** Resolves when the lines are durable. */
  appendHookLines(request: HookLinesRequest): Promise<void>;
  /** Resolves when the data before the position, and the position, are durable: seconds on a slow disk. */
  reportPosition(report: PositionReport): Promise<PositionAnswer>;
  /** Only where a position's answer tells of an operation. */
  checkpoint(request: CheckpointRequest): Promise<CheckpointAnswer | undefined>;
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
  return {
    takeLease: async (lease) => (await send('PUT', '/lease', lease, timeoutMs)) as LeaseAnswer,
    releaseLease: async (epoch) => {
      await send('DELETE', '/lease', { epoch }, timeoutMs);
    },
    rename: async (renames) => (await send('POST', '/rename', renames, timeoutMs * 10)) as RenameAnswer,
    delete: async (deletions) => (await send('POST', '/delete', deletions, timeoutMs * 10)) as DeleteAnswer,
    writeSmallFiles: async (files) => (await send('POST', '/small-files', files, timeoutMs * 10)) as SmallFilesAnswer,
    copy: async (copies) => (await send('POST', '/copy', copies, timeoutMs * 60)) as CopyAnswer,
    listKept: async () => (await send('GET', '/kept', undefined, timeoutMs)) as KeptAnswer,
    undelete: async (kept) => (await send('POST', '/undelete', kept, timeoutMs * 10)) as UndeleteAnswer,
    list: async (wishes) => (await send('POST', '/list', wishes, timeoutMs * 10)) as ListAnswer,
    hash: async (wishes) => (await send('POST', '/hash', wishes, timeoutMs * 10)) as HashAnswer,
    reportPosition: async (report) => (await send('PUT', '/position', report, timeoutMs * 10)) as PositionAnswer,
    appendHookLines: async (request) => {
      await send('POST', '/hook-lines', request, timeoutMs);
    },
    checkpoint: async (request) =>
      (await send('PUT', '/checkpoint', request, timeoutMs)) as CheckpointAnswer | undefined,
    promote: async (promotion) => (await send('PUT', '/promotion', promotion, timeoutMs)) as VolumeStatus,
    demote: async (promotion) => (await send('DELETE', '/promotion', promotion, timeoutMs)) as VolumeStatus,
    status: async () => (await send('GET', '', undefined, timeoutMs)) as VolumeStatus,
    report: async (status) => {
      await send('POST', '/report', status, timeoutMs);
    },
    close,
  };
};
