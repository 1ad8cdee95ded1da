import type { HookSettings } from '../../../src/api/settings/replication-settings.ts';
import type { HookEvent } from './hook-event.ts';

/** What a call is about, besides its events. */
export interface HookContext {
  readonly hook: string;
  readonly target: string;
  /** Who tells: `/namespaces/shop/syncreplicas/uploads/uploads`, or the source directory on a plain machine. */
  readonly source: string;
}

type Named = Readonly<Record<string, string>>;

/** A name is text where it is UTF-8, and in any case whole. */
const named = (key: string, bytes: string): Named => {
  const raw = Buffer.from(bytes, 'latin1');
  const text = raw.toString('utf8');
  return Buffer.from(text).equals(raw) ? { [key]: text } : { [key]: text, [`${key}Base64`]: raw.toString('base64') };
};

const describeEvent = ({ operation, path, from, isDirectory, at }: HookEvent): object => ({
  operation,
  ...named('path', path),
  ...(from === undefined ? {} : named('from', from)),
  ...(isDirectory ? { directory: true } : {}),
  time: new Date(at).toISOString(),
});

const textOf = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
const inUrl = (path: string): string =>
  path
    .split('/')
    .map((name) =>
      Buffer.from(name, 'latin1')
        .toString('latin1')
        .replace(/[^A-Za-z0-9._~-]/g, percent),
    )
    .join('/');
const percent = (byte: string): string => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** The words of a template: `{path} {from} {operation}` of the first event, `{paths} {events}` as JSON, `{hook} {target}`. */
const fill = (
  template: string,
  events: readonly HookEvent[],
  context: HookContext,
  quote: (bytes: string) => string,
) => {
  const [first] = events;
  const words: Readonly<Record<string, () => string>> = {
    path: () => quote(first?.path ?? ''),
    from: () => quote(first?.from ?? ''),
    operation: () => first?.operation ?? '',
    paths: () =>
      JSON.stringify(events.flatMap(({ path, from }) => (from === undefined ? [path] : [from, path])).map(textOf)),
    events: () => JSON.stringify(events.map(describeEvent)),
    hook: () => context.hook,
    target: () => context.target,
  };
  return template.replace(
    /\{(path|from|operation|paths|events|hook|target)\}/g,
    (_, word: string) => words[word]?.() ?? '',
  );
};

export interface HookRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type HttpCall = Extract<HookSettings['call'], { kind: 'http' }>;
type WebhookCall = Extract<HookSettings['call'], { kind: 'webhook' }>;

/** A request by the user's template; without one the body is JSON with all events. */
export const makeHttpRequest = (call: HttpCall, events: readonly HookEvent[], context: HookContext): HookRequest => ({
  url: fill(call.url, events, context, inUrl),
  method: call.method,
  headers: { 'content-type': 'application/json', ...call.headers },
  body:
    call.bodyTemplate === undefined
      ? JSON.stringify({
          hook: context.hook,
          target: context.target,
          source: context.source,
          events: events.map(describeEvent),
        })
      : fill(call.bodyTemplate, events, context, (bytes) => inJson(textOf(bytes))),
});

/** A line for each event, JSON; an event that is told twice has the same `id`. */
export const makeLines = (
  events: readonly { readonly id: number; readonly event: HookEvent }[],
  { target }: HookContext,
): string[] => events.map((queued) => JSON.stringify({ ...describeEvent(queued.event), target, id: idOf(queued) }));

/** One event's, also when it is told again. */
const idOf = ({ id, event }: { readonly id: number; readonly event: HookEvent }): string => `${event.at}-${id}`;

/** CloudEvents 1.0, structured mode; a batch (JSON Batch Format) where more than one may come at a time. */
export const makeCloudEvents = (
  call: WebhookCall,
  events: readonly { readonly id: number; readonly event: HookEvent }[],
  context: HookContext,
  batchSize: number,
): HookRequest => {
  const cloudEvents = events.map(({ id, event }) => ({
    specversion: '1.0',
    id: idOf({ id, event }),
    source: context.source,
    type: `io.syncreplica.file.${event.operation.toLowerCase()}`,
    subject: textOf(event.path),
    time: new Date(event.at).toISOString(),
    datacontenttype: 'application/json',
    data: { ...describeEvent(event), target: context.target },
  }));
  const isBatch = batchSize > 1;
  return {
    url: call.url,
    method: 'POST',
    headers: {
      ...call.headers,
      'content-type': isBatch ? 'application/cloudevents-batch+json' : 'application/cloudevents+json',
    },
    body: JSON.stringify(isBatch ? cloudEvents : cloudEvents[0]),
  };
};
