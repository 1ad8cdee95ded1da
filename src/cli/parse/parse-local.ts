import { resolve } from 'node:path';
import type { HistorySettings } from '../../../sidecar/receiver/history/keep/history-bounds.ts';
import type { Parsed } from '../../api/parse.ts';
import { type ResolvedBehaviour, resolveBehaviour, resolveOverrides } from '../../api/resolved-spec.ts';
import { applyRules } from '../../api/rules/apply-rules.ts';
import type { SyncReplicaSpec } from '../../api/schema/syncreplica.generated.ts';
import { validateSchema } from '../../api/schema/validate-schema.ts';
import type { AnyHookSpec } from '../../api/settings/hook-settings.ts';
import type { TargetOverrides } from '../../api/settings/replication-settings.ts';
import { parseDuration } from '../../api/units/duration.ts';
import { parseHistorySize } from '../../api/units/history-size.ts';
import {
  type LocalExternalFields,
  type LocalHookFields,
  type LocalSshFields,
  type LocalTargetFields,
  localRules,
  localSchema,
} from './local-schema.ts';

export type LocalTarget = { readonly name: string; readonly overrides: TargetOverrides } & (
  | { readonly kind: 'directory'; readonly directory: string; readonly history?: HistorySettings }
  | { readonly kind: 'external'; readonly external: LocalExternalFields }
  | { readonly kind: 'ssh'; readonly ssh: LocalSshFields }
);

/** A replication between directories and daemons, with absolute paths. */
export interface LocalReplica {
  readonly source: string;
  readonly targets: readonly LocalTarget[];
  readonly behaviour: ResolvedBehaviour;
  readonly hooks: readonly LocalHook[];
}

/** A hook with the file that its headers are in, if it has one. */
export interface LocalHook {
  readonly hook: AnyHookSpec;
  readonly headersFile: string | undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The spec of a replica.yaml: the file itself, or its `spec` when it is written like a SyncReplica. */
export const specOfFile = (file: unknown): Record<string, unknown> => {
  if (!isRecord(file)) return {};
  return isRecord(file.spec) ? file.spec : file;
};

/** Parses the spec of a replica.yaml; paths are relative to `baseDirectory`. Looks at no directory. */
export const parseLocal = (spec: unknown, baseDirectory: string): Parsed<LocalReplica> => {
  const { value, problems } = validateSchema(localSchema, spec, 'spec');
  if (problems.length > 0) return { ok: false, problems };
  const broken = applyRules(localRules, value);
  if (broken.length > 0) return { ok: false, problems: broken };
  const valid = value as {
    source: { directory: string; path: string };
    targets: LocalTargetFields[];
    hooks?: LocalHookFields[];
  };
  const at = (path: string): string => resolve(baseDirectory, path);
  return {
    ok: true,
    spec: {
      source: resolve(at(valid.source.directory), valid.source.path),
      targets: valid.targets.map(({ name, directory, external, ssh, history, ...own }) => ({
        name,
        overrides: resolveOverrides(own),
        ...(external
          ? { kind: 'external', external: withAbsolutePaths(external, at) }
          : ssh
            ? { kind: 'ssh', ssh: withAbsoluteFiles(ssh, at) }
            : { kind: 'directory', directory: at(directory ?? ''), ...keptBy(history) }),
      })),
      behaviour: resolveBehaviour(value as SyncReplicaSpec),
      hooks: (valid.hooks ?? []).map((hook) => {
        const file = hook.http?.headersFile ?? hook.webhook?.headersFile;
        return { hook, headersFile: file === undefined ? undefined : at(file) };
      }),
    },
  };
};

/** Its fields are judged by the rules. */
const keptBy = (history: LocalTargetFields['history']): { readonly history?: HistorySettings } => {
  const keepMs = history && parseDuration(history.keep);
  const maxSize = history && parseHistorySize(history.maxSize);
  return keepMs === undefined || maxSize === undefined ? {} : { history: { keepMs, maxSize } };
};

const withAbsoluteFiles = (
  { path, keyFile = '', knownHostsFile = '', ...ssh }: LocalSshFields,
  at: (path: string) => string,
): LocalSshFields => ({
  ...ssh,
  path: path.replace(/\/+$/, ''),
  keyFile: at(keyFile),
  knownHostsFile: at(knownHostsFile),
});

const withAbsolutePaths = (external: LocalExternalFields, at: (path: string) => string): LocalExternalFields => ({
  ...external,
  ...(external.certs === undefined ? {} : { certs: at(external.certs) }),
  ...(external.ca === undefined ? {} : { ca: at(external.ca) }),
  ...(external.passwordFile === undefined ? {} : { passwordFile: at(external.passwordFile) }),
});
