import type { IncomingMessage } from 'node:http';
import type { LeaseRelease, LeaseRequest, PositionReport, RenameRequest } from '../../protocol/control.ts';
import { Refusal } from '../refusal.ts';

const longestBody = 4 * 1024 * 1024;
const longestHolder = 300;

const badRequest = (message: string): Refusal => new Refusal({ code: 'BadRequest', message });

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

const count = (body: Record<string, unknown>, field: string): number => {
  const value = body[field];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw badRequest(`read request: ${field} must be a whole number, 0 or more`);
};

const longestNote = 4096;

const text = (body: Record<string, unknown>, field: string, longest: number): string => {
  const value = body[field];
  if (typeof value === 'string' && value.length <= longest) return value;
  throw badRequest(`read request: ${field} must be a text of at most ${longest} characters`);
};

export const parseLeaseRequest = (body: Record<string, unknown>): LeaseRequest => {
  const { holder, takeOver } = body;
  if (typeof holder !== 'string' || holder === '' || holder.length > longestHolder) {
    throw badRequest(`read request: holder must be a text of 1 to ${longestHolder} characters`);
  }
  if (typeof takeOver !== 'boolean') throw badRequest('read request: takeOver must be true or false');
  return { holder, takeOver, epoch: count(body, 'epoch'), controllerEpoch: count(body, 'controllerEpoch') };
};

export const parseLeaseRelease = (body: Record<string, unknown>): LeaseRelease => ({ epoch: count(body, 'epoch') });

export const parsePositionReport = (body: Record<string, unknown>): PositionReport => {
  const { position, lagMs } = body;
  if (typeof position !== 'object' || position === null) throw badRequest('read request: position is missing');
  if (typeof lagMs !== 'number' || !(lagMs >= 0)) throw badRequest('read request: lagMs must be a number, 0 or more');
  const fields = position as Record<string, unknown>;
  return {
    position: { epoch: count(fields, 'epoch'), sequence: count(fields, 'sequence') },
    lagMs,
    ...(body.fullPassAt === undefined ? {} : { fullPassAt: count(body, 'fullPassAt') }),
    ...(body.note === undefined ? {} : { note: text(body, 'note', longestNote) }),
  };
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
