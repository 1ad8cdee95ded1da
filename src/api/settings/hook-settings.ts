import type { HookSpec } from '../schema/syncreplica.generated.ts';
import { parseDuration } from '../units/duration.ts';
import { parseQuantity } from '../units/quantity.ts';
import type { EventKind, HookCall, HookSettings } from './replication-settings.ts';

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

const toCall = ({ http, webhook, file, command }: AnyHookSpec, headers: Headers): HookCall => {
  if (http) {
    const { url, method = 'POST', bodyTemplate } = http;
    const timeoutMs = ms(http.timeout, defaultTimeout);
    return { kind: 'http', url, method, headers, timeoutMs, ...(bodyTemplate === undefined ? {} : { bodyTemplate }) };
  }
  if (webhook) return { kind: 'webhook', url: webhook.url, headers, timeoutMs: ms(webhook.timeout, defaultTimeout) };
  if (file) {
    const { maxSize = '16Mi', keep = 4 } = file;
    return { kind: 'file', maxBytes: Math.floor(parseQuantity(maxSize) ?? 0), keep };
  }
  return { kind: 'command', argv: command ?? [] };
};

/** Only a receiver keeps a file of a hook: none of its targets may be a plain rsync daemon. */
export const hookFilesHaveReceivers = ({
  hooks = [],
  targets,
}: {
  readonly hooks?: readonly AnyHookSpec[] | undefined;
  readonly targets: readonly {
    readonly name: string;
    readonly external?: { readonly tls?: string } | undefined;
    readonly ssh?: object | undefined;
  }[];
}): boolean => {
  const plain = targets.filter(
    ({ external, ssh }) => ssh !== undefined || (external !== undefined && (external.tls ?? 'Mutual') !== 'Mutual'),
  );
  const isOf = ({ targets: named = [] }: AnyHookSpec, name: string): boolean =>
    named.length === 0 || named.includes(name);
  return hooks.every((hook) => hook.file === undefined || !plain.some(({ name }) => isOf(hook, name)));
};

export const hookFileNeedsReceiver =
  'a plain rsync daemon keeps no file of a hook; write targets with the names of receivers, for example targets: [dr]';
