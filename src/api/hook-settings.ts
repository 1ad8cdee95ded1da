import { parseDuration } from './duration.ts';
import type { EventKind, HookCall, HookSettings } from './replication-settings.ts';
import type { HookSpec } from './syncreplica.generated.ts';

/** A hook as it may be written on a plain machine too: a program, and headers from a file. */
export type AnyHookSpec = HookSpec & { readonly command?: readonly string[] };

type Headers = Readonly<Record<string, string>>;

const defaultOperations: readonly EventKind[] = ['Write', 'Create', 'Delete', 'Move'];
const defaultTimeout = '10s';
const ms = (text: string | undefined, fallback: string): number => parseDuration(text ?? fallback) ?? 0;

/** A valid hook with defaults filled in and units resolved. `headers` are those that it is to be called with. */
export const toHookSettings = (hook: AnyHookSpec, headers: Headers): HookSettings => ({
  name: hook.name,
  paths: hook.paths ?? [],
  operations: hook.operations ?? defaultOperations,
  targets: hook.targets ?? [],
  debounceMs: ms(hook.debounce, '1s'),
  batchSize: hook.batchSize ?? 1,
  call: toCall(hook, headers),
});

const toCall = ({ http, webhook, command }: AnyHookSpec, headers: Headers): HookCall => {
  if (http) {
    const { url, method = 'POST', bodyTemplate } = http;
    const timeoutMs = ms(http.timeout, defaultTimeout);
    return { kind: 'http', url, method, headers, timeoutMs, ...(bodyTemplate === undefined ? {} : { bodyTemplate }) };
  }
  if (webhook) return { kind: 'webhook', url: webhook.url, headers, timeoutMs: ms(webhook.timeout, defaultTimeout) };
  return { kind: 'command', argv: command ?? [] };
};
