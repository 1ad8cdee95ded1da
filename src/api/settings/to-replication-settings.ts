import { posix } from 'node:path';
import { servernameKey, sshSecretKeys } from '../names.ts';
import type { ResolvedBehaviour, ResolvedExternalTarget, ResolvedSshTarget } from '../resolved-spec.ts';
import type { Problem } from '../rules/problem.ts';
import type { HookSettings, ReplicationSettings, TargetSettings } from './replication-settings.ts';

/**
 * The settings of one source volume's agent. `mount` is the absolute path of the volume's root, `path` the directory
 * below it that is replicated; `targets` carry addresses and credentials already.
 */
export const toReplicationSettings = (
  behaviour: ResolvedBehaviour,
  place: {
    readonly generation: number;
    readonly mount: string;
    readonly path?: string;
    readonly targets: readonly TargetSettings[];
    /** With the headers that they are called with. */
    readonly hooks?: readonly HookSettings[];
    /** The id of held deletions that may go on. */
    readonly releaseDeletes?: string | undefined;
  },
): ReplicationSettings => ({
  generation: place.generation,
  source: posix.join(place.mount, place.path ?? '').replace(/(?<=.)\/+$/, ''),
  filter: behaviour.filter,
  events: behaviour.events,
  sync: behaviour.sync,
  retry: behaviour.retry,
  verify: behaviour.verify,
  ...(behaviour.checkpoints === undefined ? {} : { checkpoints: behaviour.checkpoints }),
  maxLagMs: behaviour.maxLagMs,
  restore: behaviour.restore,
  paused: behaviour.paused,
  targets: place.targets,
  ...(place.hooks === undefined || place.hooks.length === 0 ? {} : { hooks: place.hooks }),
  ...(place.releaseDeletes === undefined ? {} : { requests: { releaseDeletes: place.releaseDeletes } }),
});

/** Texts of a Secret by key, already decoded. */
export type SecretTexts = Readonly<Record<string, string>>;

const keysNeeded = {
  Mutual: ['username', 'password', 'ca.crt', 'tls.crt', 'tls.key'],
  ServerOnly: [],
  None: [],
} as const;

/**
 * Settings of an external target: `Mutual` is a receiver of another installation, anything else a plain rsyncd.
 * `field` is where problems are reported. A Secret that lacks a key is a problem, not an error.
 */
export const externalTargetSettings = (
  name: string,
  external: ResolvedExternalTarget,
  secret: SecretTexts | undefined,
  field: string,
): TargetSettings | Problem => {
  const problem = (message: string): Problem => ({ field: `${field}.secretName`, message, code: 'Invalid' });
  if (external.secretName !== undefined && secret === undefined)
    return problem(`the Secret ${external.secretName} doesn't exist; create it, or write the name of one that does`);
  const missing = keysNeeded[external.tls].filter((key) => !secret?.[key]);
  if (missing.length > 0)
    return problem(`the Secret ${external.secretName} lacks ${missing.join(', ')}; add what is missing`);
  if (secret?.username && !secret.password)
    return problem(`the Secret ${external.secretName} has a username without a password; add password`);
  const [username, password] = [withoutLineEnd(secret?.username), withoutLineEnd(secret?.password)];
  const place = { name, host: external.address, port: external.port };
  if (external.tls === 'Mutual')
    return {
      kind: 'receiver',
      ...place,
      volume: external.module,
      username: username ?? '',
      password: password ?? '',
      tls: {
        ca: secret?.['ca.crt'] ?? '',
        cert: secret?.['tls.crt'] ?? '',
        key: secret?.['tls.key'] ?? '',
        ...(secret?.[servernameKey] ? { servername: withoutLineEnd(secret[servernameKey]) } : {}),
      },
    };
  const ca = secret?.['ca.crt'];
  return {
    kind: 'rsyncd',
    ...place,
    module: external.module,
    ...(username && password ? { username, password } : {}),
    ...(external.tls === 'ServerOnly' ? { tls: ca ? { ca } : {} } : {}),
  };
};

/** Settings of a target behind an sshd. `field` is where problems are reported. */
export const sshTargetSettings = (
  name: string,
  { address, port, user, path, secretName }: ResolvedSshTarget,
  secret: SecretTexts | undefined,
  field: string,
): TargetSettings | Problem => {
  const problem = (message: string): Problem => ({ field: `${field}.secretName`, message, code: 'Invalid' });
  if (secret === undefined)
    return problem(`the Secret ${secretName} doesn't exist; create it, or write the name of one that does`);
  const { [sshSecretKeys.key]: key = '', [sshSecretKeys.knownHosts]: knownHosts = '' } = secret;
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key))
    return problem(
      `the Secret ${secretName} has no private key as ${sshSecretKeys.key}; add one without a passphrase, as ssh-keygen makes it`,
    );
  if (knownHosts.trim() === '')
    return problem(
      `the Secret ${secretName} lacks ${sshSecretKeys.knownHosts}; add what ssh-keyscan -p ${port} ${address} says, compared with what the machine's administrator says`,
    );
  return { kind: 'ssh', name, host: address, port, user, path: path.replace(/\/+$/, ''), key, knownHosts };
};

/** A Secret made from files has the line end of each. */
const withoutLineEnd = <T extends string | undefined>(text: T): T => text?.replace(/\r?\n$/, '') as T;
