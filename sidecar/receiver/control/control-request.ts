import type { IncomingMessage } from 'node:http';
import type { AgentStatus } from '../../protocol/agent-status.ts';
import type {
  DeleteRequest,
  DemoteRequest,
  KeepRequest,
  LeaseRelease,
  LeaseRequest,
  PositionReport,
  PromoteRequest,
  RenameRequest,
} from '../../protocol/control.ts';
import type { UndeleteRequest } from '../../protocol/past/kept.ts';
import type { CheckpointRequest, PreserveRequest } from '../../protocol/past/preserve.ts';
import { Refusal } from '../refusal.ts';

/** 100,000 long paths. A body is in memory as a whole. */
const longestBody = 32 * 1024 * 1024;
const longestHolder = 300;
const longestLineage = 300;
const longestReason = 300;

export const badRequest = (message: string): Refusal => new Refusal({ code: 'BadRequest', message });

/** Reads a JSON body. @throws Refusal BadRequest */
export const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) throw badRequest(`read request: it is longer than ${longestBody} bytes`);
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw badRequest('read request: its body is no JSON object');
};

/** A whole number, 0 or more. */
export const count = (body: Record<string, unknown>, field: string): number => {
  const value = body[field];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw badRequest(`read request: ${field} must be a whole number, 0 or more`);
};

const longestNote = 4096;

export const text = (body: Record<string, unknown>, field: string, longest: number): string => {
  const value = body[field];
  if (typeof value === 'string' && value.length <= longest) return value;
  throw badRequest(`read request: ${field} must be a text of at most ${longest} characters`);
};

export const texts = (body: Record<string, unknown>, field: string): readonly string[] => {
  const value = body[field];
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw badRequest(`read request: ${field} must be a list of texts`);
};

export const parseLeaseRequest = (body: Record<string, unknown>): LeaseRequest => {
  const { holder, takeOver, fresh } = body;
  if (typeof holder !== 'string' || holder === '' || holder.length > longestHolder) {
    throw badRequest(`read request: holder must be a text of 1 to ${longestHolder} characters`);
  }
  for (const [field, value] of Object.entries({ takeOver, fresh: fresh ?? false })) {
    if (typeof value !== 'boolean') throw badRequest(`read request: ${field} must be true or false`);
  }
  const lineage = body.lineage === undefined ? {} : { lineage: { id: parseLineageId(body.lineage) } };
  return {
    holder,
    takeOver: takeOver === true,
    epoch: count(body, 'epoch'),
    controllerEpoch: count(body, 'controllerEpoch'),
    ...lineage,
    ...(fresh === undefined ? {} : { fresh: fresh === true }),
    ...(body.preserves === true ? { preserves: true as const } : {}),
    ...(body.coveredMs === undefined ? {} : { coveredMs: count(body, 'coveredMs') }),
    ...(body.adopt === undefined ? {} : { adopt: body.adopt === true || count(body, 'adopt') }),
  };
};

export const parseLineageId = (value: unknown): string => {
  const { id } = (value ?? {}) as Record<string, unknown>;
  if (typeof id === 'string' && id !== '' && id.length <= longestLineage) return id;
  throw badRequest(`read request: lineage.id must be a text of 1 to ${longestLineage} characters`);
};

export const parsePromoteRequest = (body: Record<string, unknown>): PromoteRequest => ({
  lineage: { id: parseLineageId(body.lineage) },
  by: text(body, 'by', longestHolder),
});

export const parseDemoteRequest = (body: Record<string, unknown>): DemoteRequest => ({
  by: text(body, 'by', longestHolder),
  ...(body.lineage === undefined ? {} : { lineage: { id: parseLineageId(body.lineage) } }),
});

export const parseDeleteRequest = (body: Record<string, unknown>): DeleteRequest => {
  const { keep, filter } = body;
  return {
    epoch: count(body, 'epoch'),
    paths: texts(body, 'paths'),
    ...(keep === undefined ? {} : { keep: parseKeep(keep) }),
    ...(filter === undefined ? {} : { filter: parseFilter(filter) }),
  };
};

const parseKeep = (value: unknown): KeepRequest => {
  const fields = (value ?? {}) as Record<string, unknown>;
  const keep = { id: parseKeptId(fields), reason: text(fields, 'reason', longestReason) };
  return fields.forMs === undefined ? keep : { ...keep, forMs: count(fields, 'forMs') };
};

const parseFilter = (value: unknown): NonNullable<DeleteRequest['filter']> => {
  const fields = (value ?? {}) as Record<string, unknown>;
  return { exclude: texts(fields, 'exclude'), include: texts(fields, 'include') };
};

/** It becomes a directory's name. */
const parseKeptId = ({ id }: Record<string, unknown>): string => {
  if (typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw badRequest('read request: the id of kept deletions has 1 to 64 letters, digits, - or _');
};

export const parseUndeleteRequest = (body: Record<string, unknown>): UndeleteRequest => ({
  epoch: count(body, 'epoch'),
  id: parseKeptId(body),
});

export const parseLeaseRelease = (body: Record<string, unknown>): LeaseRelease => ({ epoch: count(body, 'epoch') });

const parsePosition = ({ position }: Record<string, unknown>): PositionReport['position'] => {
  if (typeof position !== 'object' || position === null) throw badRequest('read request: position is missing');
  const fields = position as Record<string, unknown>;
  return { epoch: count(fields, 'epoch'), sequence: count(fields, 'sequence') };
};

export const parseCheckpointRequest = (body: Record<string, unknown>): CheckpointRequest => ({
  position: parsePosition(body),
  operation: count(body, 'operation'),
  ...(body.consistent === true ? { consistent: true as const } : {}),
});

export const parsePositionReport = (body: Record<string, unknown>): PositionReport => {
  const { lagMs } = body;
  if (typeof lagMs !== 'number' || !(lagMs >= 0)) throw badRequest('read request: lagMs must be a number, 0 or more');
  return {
    position: parsePosition(body),
    lagMs,
    ...(body.fullPassAt === undefined ? {} : { fullPassAt: count(body, 'fullPassAt') }),
    ...(body.note === undefined ? {} : { note: text(body, 'note', longestNote) }),
  };
};

export const parsePreserveRequest = (body: Record<string, unknown>): PreserveRequest => {
  const { directories } = body;
  if (!Array.isArray(directories) || !directories.every((index) => Number.isSafeInteger(index)))
    throw badRequest('read request: directories must be a list of whole numbers');
  return { paths: texts(body, 'paths'), directories };
};

export const parseRenameRequest = (body: Record<string, unknown>): RenameRequest => {
  if (!Array.isArray(body.renames)) throw badRequest('read request: renames is missing');
  const renames = body.renames.map((value: unknown) => {
    const { from, to, expect } = (value ?? {}) as Record<string, unknown>;
    if (typeof from !== 'string' || typeof to !== 'string')
      throw badRequest('read request: a rename needs from and to');
    if (expect === undefined) return { from, to };
    const { type, digest } = (expect ?? {}) as Record<string, unknown>;
    if (
      (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'other') ||
      typeof digest !== 'string'
    ) {
      throw badRequest('read request: expect needs type and digest');
    }
    return { from, to, expect: { type, digest } as const };
  });
  return { epoch: count(body, 'epoch'), renames };
};

/** Only who says it is read here; the rest is for the operator, which reads what it knows of it. */
export const parseAgentReport = (body: Record<string, unknown>): AgentStatus => {
  text(body, 'holder', 512);
  if (JSON.stringify(body).length > longestReport)
    throw badRequest(`read request: a report is longer than ${longestReport} characters`);
  return body as unknown as AgentStatus;
};

const longestReport = 262_144;
