import * as z from 'zod/mini';
import type { Problem } from '../rules/problem.ts';
import type { ReplicationSettings } from './replication-settings.ts';
import { fillDefaults } from './settings-defaults.ts';
import {
  bandwidthLimit,
  compression,
  deletion,
  durationMs,
  fileSize,
  hookFileBytes,
  hookFilesKept,
  host,
  moduleName,
  name,
  pattern,
  pem,
  port,
  say,
  schedule,
  stillUrl,
  text,
  whole,
  workers,
} from './settings-fields.ts';

/** A file that a person wrote is held to every word; what machines of another version say is read as far as it is known. */
const requestNames = ['sync', 'verify', 'checkpoint', 'locks', 'releaseDeletes', 'undelete', 'adopt'];

const countGiven = (...texts: readonly (string | undefined)[]): number =>
  texts.filter((one) => one !== undefined).length;

const makeSchema = (object: typeof z.strictObject) => {
  const filter = object({ exclude: z.array(pattern), include: z.array(pattern), maxFileSize: fileSize });
  const overrides = {
    paused: z.optional(z.boolean()),
    filter: z.optional(filter),
    maxLagMs: z.optional(durationMs),
    sync: z.optional(
      object({
        delete: z.optional(deletion),
        bandwidthLimit,
        lowPriorityAbove: fileSize,
        workers: z.optional(workers),
        compression: z.optional(compression),
        fullPass: z.optional(object({ schedule })),
      }),
    ),
  };

  const receiverTarget = object({
    ...overrides,
    kind: z.literal('receiver'),
    name,
    host,
    port,
    volume: moduleName,
    username: text('username is empty; give the one of the certificates directory'),
    password: text('password is empty; give the one of the certificates directory'),
    tls: object({
      ca: pem('CERTIFICATE'),
      cert: pem('CERTIFICATE'),
      key: pem('PRIVATE KEY'),
      servername: z.optional(z.string()),
    }),
  });

  const rsyncdTarget = object({
    ...overrides,
    kind: z.literal('rsyncd'),
    name,
    host,
    port,
    module: moduleName,
    username: z.optional(z.string()),
    password: z.optional(z.string()),
    tls: z.optional(
      object({
        ca: z.optional(pem('CERTIFICATE')),
        cert: z.optional(pem('CERTIFICATE')),
        key: z.optional(pem('PRIVATE KEY')),
        servername: z.optional(z.string()),
      }),
    ),
  });

  const absolute = z.string().check(z.regex(/^\/[^\x00-\x1f"']*$/, say('a path is absolute, without quotes')));
  const sshTarget = object({
    ...overrides,
    kind: z.literal('ssh'),
    name,
    host,
    port,
    user: text('user is empty; give the one on the other machine'),
    path: absolute,
    keyFile: z.optional(absolute),
    knownHostsFile: z.optional(absolute),
    key: z.optional(z.string()),
    knownHosts: z.optional(z.string()),
  }).check(
    z.refine(
      ({ keyFile, knownHostsFile, key, knownHosts }) =>
        Math.abs(countGiven(keyFile, knownHostsFile) - countGiven(key, knownHosts)) === 2,
      say('ssh needs a key and the keys of known hosts; give keyFile and knownHostsFile'),
    ),
  );

  const headers = z.record(z.string(), z.string());
  const url = z
    .string()
    .check(
      z.regex(
        /^https?:\/\/[^/\s]+\S*$/,
        say('a URL begins with http:// or https://; give for example http://cdn.shop.svc/purge'),
      ),
    );
  const hook = object({
    name: z
      .string()
      .check(
        z.regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, say("a hook's name has lower-case letters, digits and dashes")),
      ),
    paths: z.array(pattern),
    operations: z.array(z.enum(['Write', 'Create', 'Delete', 'Move', 'Attributes'])),
    targets: z.array(z.string()),
    debounceMs: durationMs,
    batchSize: whole(1, 1_000, 'batchSize is out of range; give a number from 1 to 1000'),
    call: z.discriminatedUnion('kind', [
      object({
        kind: z.literal('http'),
        url,
        method: z.string(),
        bodyTemplate: z.optional(z.string()),
        headers,
        timeoutMs: durationMs,
      }),
      object({ kind: z.literal('webhook'), url, headers, timeoutMs: durationMs }),
      object({ kind: z.literal('file'), maxBytes: hookFileBytes, keep: hookFilesKept }),
      object({
        kind: z.literal('command'),
        argv: z.array(z.string()).check(z.minLength(1, say('a command is empty; give the program and its arguments'))),
      }),
    ]),
  });

  return object({
    hooks: z.optional(z.array(hook)),
    journal: z.optional(z.boolean()),
    relay: z.optional(z.boolean()),
    journalLines: z.optional(object({ untilMs: z.number(), path: z.optional(pattern) })),
    generation: whole(0, Number.MAX_SAFE_INTEGER, 'a generation is a whole number, 0 or more'),
    source: z.string().check(z.startsWith('/', say('source must be an absolute path'))),
    filter,
    events: z
      .array(z.enum(['Write', 'Create', 'Delete', 'Move', 'Attributes']))
      .check(z.minLength(1, say('events is empty; give at least one of Write, Create, Delete, Move, Attributes'))),
    sync: object({
      minIntervalMs: durationMs,
      maxDelayMs: z.number().check(z.gte(10, say('maxDelayMs is too short; give 10 or more'))),
      workers,
      lockTimeoutMs: z.optional(z.number().check(z.gte(1_000, say('a time-out of locks is 1000 ms or more')))),
      delete: deletion,
      deleteGuard: object({
        maxPercent: whole(0, 100, 'maxPercent is out of range; give a number from 0 to 100'),
        minFiles: whole(0, Number.MAX_SAFE_INTEGER, 'minFiles is negative; give 0 or more'),
        keepMs: z.optional(whole(0, Number.MAX_SAFE_INTEGER, 'keepMs is negative; give 0 or more')),
      }),
      bandwidthLimit,
      lowPriorityAbove: fileSize,
      compression,
      preserve: object({
        owners: z.boolean(),
        permissions: z.boolean(),
        times: z.boolean(),
        hardLinks: z.boolean(),
        xattrs: z.boolean(),
        acls: z.boolean(),
        sparse: z.boolean(),
        devices: z.boolean(),
      }),
      fullPass: object({
        schedule,
        filter: z.optional(object({ exclude: z.array(pattern) })),
        jitterMs: durationMs,
      }),
    }),
    retry: object({ initialMs: durationMs, maxMs: durationMs }),
    maxLagMs: durationMs,
    restore: z.enum(['Never', 'IfEmpty']),
    paused: z.boolean(),
    verify: z.optional(
      object({
        metadata: z.enum(['Continuous', 'Never']),
        mode: z.enum(['Checksum', 'Metadata']),
        schedule: z.optional(schedule),
        repair: z.boolean(),
        readLimit: z.optional(
          whole(1024, Number.MAX_SAFE_INTEGER, 'a read limit is bytes a second; give 1024 or more'),
        ),
      }),
    ),
    checkpoints: z.optional(object({ schedule: z.optional(schedule), stillUrl, timeoutMs: durationMs })),
    labels: z.optional(
      object({
        replica_namespace: text('a label is empty; give the namespace'),
        replica: text('a label is empty; give the name of the SyncReplica'),
        volume: text('a label is empty; give the name of the volume'),
      }),
    ),
    minAgentVersion: z.optional(z.string()),
    begun: z.optional(z.array(z.string())),
    restoredFrom: z.optional(z.record(z.string(), z.number())),
    lineage: z.optional(text('a lineage is empty; give the source volume an identity')),
    controllerEpoch: z.optional(whole(0, Number.MAX_SAFE_INTEGER, 'a controller epoch is a whole number, 0 or more')),
    requests: z.optional(object(Object.fromEntries(requestNames.map((name) => [name, z.optional(z.string())])))),
    targets: z
      .array(z.discriminatedUnion('kind', [receiverTarget, rsyncdTarget, sshTarget]))
      .check(
        z.refine(
          (targets) => new Set(targets.map((target) => target.name)).size === targets.length,
          say('two targets have one name; give each its own'),
        ),
      ),
  });
};

const strictSchema = makeSchema(z.strictObject);
const tolerantSchema = makeSchema(z.object as typeof z.strictObject);

/** The settings that the schema knows; a test compares them with those there are. */
export type CheckedSetting = keyof z.infer<typeof strictSchema>;

const pathText = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (before, step) =>
      typeof step === 'number' ? `${before}[${step}]` : before ? `${before}.${String(step)}` : String(step),
    '',
  );

/** Our sentence for what the library found; it has none of its own in this build. */
const sentence = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_type') return `must be of type ${issue.expected}`;
  if (issue.code === 'unrecognized_keys') return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_union') return 'kind must be one of receiver, rsyncd, ssh';
  return issue.message;
};

export type ParsedSettings =
  | { readonly ok: true; readonly settings: ReplicationSettings }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Every operator names the version that its settings need; nobody else has a reason to. */
const isOfOperator = (json: unknown): json is Record<string, unknown> =>
  typeof (json as { minAgentVersion?: unknown } | null)?.minAgentVersion === 'string';

/**
 * Reads an agent's settings as `agent --config` finds them; `text` is the file's content. An operator's are read as far as they
 * are known, with defaults for what is missing; a person's strictly.
 */
export const parseReplicationSettings = (text: string): ParsedSettings => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const message = `this is no JSON: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, problems: [{ field: '', message, code: 'Invalid' }] };
  }
  const result = isOfOperator(json) ? tolerantSchema.safeParse(fillDefaults(json)) : strictSchema.safeParse(json);
  if (result.success) return { ok: true, settings: result.data as ReplicationSettings };
  return {
    ok: false,
    problems: result.error.issues.map((issue) => ({
      field: pathText(issue.path),
      message: sentence(issue),
      code: issue.code === 'unrecognized_keys' ? 'UnknownField' : 'Invalid',
    })),
  };
};
