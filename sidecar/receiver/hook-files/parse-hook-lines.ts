import { type HookLinesRequest, hookFileLimits } from '../../protocol/hook-file.ts';
import { badRequest, count, text, texts } from '../control/control-request.ts';

const { maxLines, longestLine, minBytes, maxBytes, maxKeep } = hookFileLimits;

/** @throws Refusal BadRequest: nothing but lines of JSON gets into a file, and its name is that of a hook. */
export const parseHookLines = (body: Record<string, unknown>): HookLinesRequest => {
  const request = {
    epoch: count(body, 'epoch'),
    hook: text(body, 'hook', 63),
    lines: texts(body, 'lines'),
    maxBytes: count(body, 'maxBytes'),
    keep: count(body, 'keep'),
  };
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(request.hook)) throw badRequest('read request: hook must be a DNS label');
  if (request.lines.length === 0 || request.lines.length > maxLines)
    throw badRequest(`read request: lines must be 1 to ${maxLines} lines`);
  if (!request.lines.every(isLine)) throw badRequest('read request: a line must be the JSON of an object');
  if (request.maxBytes < minBytes || request.maxBytes > maxBytes || request.keep < 1 || request.keep > maxKeep)
    throw badRequest(`read request: maxBytes must be ${minBytes} to ${maxBytes}, keep 1 to ${maxKeep}`);
  return request;
};

const isLine = (line: string): boolean => {
  if (line.length > longestLine || /[\n\r]/.test(line)) return false;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};
