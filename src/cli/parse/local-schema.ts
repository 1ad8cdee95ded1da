import type { OverridableSpec } from '../../api/resolved-spec.ts';
import type { Rule } from '../../api/rules/rule.ts';
import { rules as operatorRules } from '../../api/rules/rules.ts';
import type { Schema } from '../../api/schema/schema.ts';
import { specSchema } from '../../api/schema/syncreplica-schema.generated.ts';
import { type AnyHookSpec, hookFileNeedsReceiver, hookFilesHaveReceivers } from '../../api/settings/hook-settings.ts';

/** A target of replica.yaml, before defaults are known to be there. */
export interface LocalTargetFields extends OverridableSpec {
  readonly name: string;
  readonly directory?: string;
  readonly history?: { readonly keep: string; readonly maxSize: string };
  readonly external?: LocalExternalFields;
  readonly ssh?: LocalSshFields;
}
export type LocalHookFields = AnyHookSpec & {
  readonly http?: { readonly headersFile?: string };
  readonly webhook?: { readonly headersFile?: string };
};
export interface LocalExternalFields {
  readonly address: string;
  readonly port: number;
  readonly module: string;
  readonly tls: 'Mutual' | 'ServerOnly' | 'None';
  readonly allowPlaintext: boolean;
  readonly certs?: string;
  readonly ca?: string;
  readonly username?: string;
  readonly passwordFile?: string;
}

/** A directory behind an sshd. */
export interface LocalSshFields {
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  readonly path: string;
  readonly keyFile?: string;
  readonly knownHostsFile?: string;
}

const part = (schema: Schema | undefined, name: string): Schema => {
  const child = schema?.properties?.[name];
  if (!child) throw new Error(`the CRD has no field ${name}`);
  return child;
};

const without = (schema: Schema, ...names: readonly string[]): Readonly<Record<string, Schema>> =>
  Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name)));

const path: Schema = { type: 'string', minLength: 1, maxLength: 4096 };
const target = part(specSchema, 'targets').items ?? {};
const hook = part(specSchema, 'hooks').items ?? {};

const withHeadersFile = (call: Schema): Schema => ({
  ...call,
  properties: { ...without(call, 'headersSecretName'), headersFile: path },
});

/**
 * The schema of replica.yaml: a SyncReplica's spec whose source and targets are directories, or daemons elsewhere with
 * credentials in files. What only a cluster can do is not a field.
 */
export const localSchema: Schema = {
  ...specSchema,
  properties: {
    ...without(specSchema, 'minInSync', 'deletionPolicy', 'injection', 'agent'),
    hooks: {
      ...part(specSchema, 'hooks'),
      items: {
        ...hook,
        properties: {
          ...hook.properties,
          http: withHeadersFile(part(hook, 'http')),
          webhook: withHeadersFile(part(hook, 'webhook')),
          command: { type: 'array', maxItems: 64, items: { type: 'string', minLength: 1, maxLength: 4096 } },
        },
      },
    },
    source: {
      type: 'object',
      required: ['directory'],
      properties: { directory: path, path: part(part(specSchema, 'source'), 'path') },
    },
    targets: {
      ...part(specSchema, 'targets'),
      items: {
        ...target,
        properties: {
          ...without(target, 'managed'),
          directory: path,
          ssh: {
            type: 'object',
            required: ['address', 'user', 'path'],
            properties: {
              ...without(part(target, 'ssh'), 'secretName'),
              keyFile: path,
              knownHostsFile: path,
            },
          },
          external: {
            ...part(target, 'external'),
            properties: {
              ...without(part(target, 'external'), 'secretName'),
              certs: path,
              ca: path,
              username: { type: 'string', minLength: 1, maxLength: 253 },
              passwordFile: path,
            },
          },
        },
      },
    },
  },
};

const clusterOnly = (rule: Rule): boolean =>
  rule.at === 'spec' ||
  rule.at === 'spec.source' ||
  rule.at === 'spec.minInSync' ||
  rule.at === 'spec.targets[]' ||
  rule.at.startsWith('spec.targets[].managed') ||
  rule.fieldPath === '.secretName' ||
  rule.message.startsWith('a SyncReplica needs a target') ||
  rule.message.startsWith('a hook is one of');

/** ssh and rsync read both from one text in which quotes have a meaning. */
const isPlainName = (text: string): boolean => !/[\x00-\x1f"']/.test(text);

interface LocalRule<T> extends Omit<Rule, 'holds'> {
  readonly holds: (value: T) => boolean;
}
const rule = <T>(own: LocalRule<T>): Rule => own;

/** The rules of a SyncReplica that hold here too, and those of directories and files. */
export const localRules: readonly Rule[] = [
  ...operatorRules.filter((candidate) => !clusterOnly(candidate)),
  rule<readonly LocalTargetFields[]>({
    at: 'spec.targets',
    message: 'a target is missing; write for example targets: [{name: copy, directory: /mnt/copy}]',
    holds: (targets) => targets.length > 0,
  }),
  rule<{ readonly hooks?: readonly LocalHookFields[]; readonly targets: readonly LocalTargetFields[] }>({
    at: 'spec',
    fieldPath: '.hooks',
    message: hookFileNeedsReceiver,
    holds: hookFilesHaveReceivers,
  }),
  rule<LocalHookFields>({
    at: 'spec.hooks[]',
    message: 'a hook is one of http, webhook, file and command; write exactly one of them',
    holds: ({ http, webhook, file, command }) =>
      [http, webhook, file, command].filter((one) => one !== undefined).length === 1,
  }),
  rule<LocalHookFields>({
    at: 'spec.hooks[]',
    fieldPath: '.command',
    message: 'a command is empty; write the program and its arguments, for example [/usr/local/bin/purge, --quiet]',
    holds: ({ command }) => command?.length !== 0,
  }),
  rule<LocalTargetFields>({
    at: 'spec.targets[]',
    message: 'a target is one of a directory here, external and ssh; write exactly one of them',
    holds: ({ directory, external, ssh }) => [directory, external, ssh].filter((one) => one !== undefined).length === 1,
  }),
  rule<LocalTargetFields>({
    at: 'spec.targets[]',
    fieldPath: '.history',
    message: 'history is kept by a receiver; of a target elsewhere give --history-keep to its syncreplica receiver',
    holds: ({ directory, history }) => history === undefined || directory !== undefined,
  }),
  rule<LocalSshFields>({
    at: 'spec.targets[].ssh',
    fieldPath: '.keyFile',
    message: 'ssh needs a key; write keyFile, a private key without a passphrase (flag --ssh-key)',
    holds: ({ keyFile }) => keyFile !== undefined && isPlainName(keyFile),
  }),
  rule<LocalSshFields>({
    at: 'spec.targets[].ssh',
    fieldPath: '.knownHostsFile',
    message: 'ssh needs the keys of known hosts; write knownHostsFile, as ssh-keyscan makes it (flag --known-hosts)',
    holds: ({ knownHostsFile }) => knownHostsFile !== undefined && isPlainName(knownHostsFile),
  }),
  rule<LocalExternalFields>({
    at: 'spec.targets[].external',
    fieldPath: '.certs',
    message: 'tls: Mutual needs credentials; write certs, the agent directory that syncreplica certs made',
    holds: ({ tls, certs }) => tls !== 'Mutual' || certs !== undefined,
  }),
  rule<LocalExternalFields>({
    at: 'spec.targets[].external',
    fieldPath: '.certs',
    message: 'certs is for a receiver; write tls: Mutual, or ca with ServerOnly',
    holds: ({ tls, certs }) => tls === 'Mutual' || certs === undefined,
  }),
  rule<LocalExternalFields>({
    at: 'spec.targets[].external',
    fieldPath: '.ca',
    message: 'ca is for an rsync daemon behind TLS; write tls: ServerOnly with it, or leave it out',
    holds: ({ tls, ca }) => tls === 'ServerOnly' || ca === undefined,
  }),
  rule<LocalExternalFields>({
    at: 'spec.targets[].external',
    fieldPath: '.passwordFile',
    message: 'username and passwordFile go together for an rsync daemon; a receiver takes both from certs',
    holds: ({ tls, username, passwordFile }) =>
      tls === 'Mutual'
        ? username === undefined && passwordFile === undefined
        : (username === undefined) === (passwordFile === undefined),
  }),
];
