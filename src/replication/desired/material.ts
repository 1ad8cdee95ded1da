import {
  credentialFiles,
  metricsServerName,
  readersHeadlessName,
  readersVolume,
  receiverHeadlessName,
  receiverName,
  receiverVolume,
  servernameKey,
  usersFile,
} from '../../api/names.ts';
import type { KeyPair } from '../../certificates/authority.ts';
import type { Trust } from '../../trust/authorities.ts';
import {
  type Credential,
  formatCredentials,
  formatUsers,
  keepCredentials,
  parseCredentials,
} from '../../trust/credentials.ts';
import type { OverlapTiming } from '../../trust/generations.ts';
import { keepLeaf, type LeafRequest } from '../../trust/leaf.ts';
import type { ReplicaIdentity } from '../identity.ts';
import type { RememberedVolume } from '../source-volumes.ts';
import type { HistoryReader } from './history-reader.ts';

/** What the receivers of one managed target are given. */
export interface ReceiverMaterial {
  readonly server: KeyPair;
  /** What agents show. */
  readonly credential: Credential;
  /** All that is accepted, for the next look. */
  readonly credentials: readonly Credential[];
  /** What an agent of another installation shows; only where the target is offered to the outside. */
  readonly writer?: KeyPair;
  /** What receivers show to readers; only where there are some. */
  readonly relay?: KeyPair;
}

/** What the agents of one source volume are given. */
export interface AgentMaterial {
  /** What they serve their API with. */
  readonly server: KeyPair;
  /** What they show to receivers: it names that volume of each managed target and no other. */
  readonly client: KeyPair;
}

/** Certificates and passwords of one SyncReplica, made or kept. */
export interface Material {
  readonly bundle: string;
  /** By target. */
  readonly receivers: ReadonlyMap<string, ReceiverMaterial>;
  /** By source volume. */
  readonly agents: ReadonlyMap<string, AgentMaterial>;
  /** Of somebody who asks to read the past of its targets. */
  readonly historyReader?: HistoryReader | undefined;
  /** What is not as it is in the Secrets that exist, in words. */
  readonly replaced: readonly string[];
}

export interface MaterialQuestion {
  readonly replica: ReplicaIdentity;
  /** `addresses`: by which agents of other clusters reach the target, names or IPs. */
  readonly managedTargets: readonly {
    readonly name: string;
    readonly ordinals: number;
    readonly addresses?: readonly string[];
    /** Is it offered to agents of other clusters? */
    readonly isPublic?: boolean;
    readonly hasReaders?: boolean;
  }[];
  readonly volumes: readonly RememberedVolume[];
  /** Texts of the Secrets that exist: by target, and the agents' by source volume. */
  readonly existing: {
    readonly receivers: ReadonlyMap<string, Readonly<Record<string, string>>>;
    readonly writers: ReadonlyMap<string, Readonly<Record<string, string>>>;
    readonly relays?: ReadonlyMap<string, Readonly<Record<string, string>>>;
    readonly agents: ReadonlyMap<string, Readonly<Record<string, string>>>;
  };
  readonly trust: Trust;
  readonly nowMs: number;
  readonly leafLifeMs: number;
  readonly credentialTiming: OverlapTiming;
}

/** Further keys of the Secrets, beside `credentialFiles`. */
export const materialKeys = {
  credentials: 'credentials.json',
  clientCert: 'client.crt',
  clientKey: 'client.key',
} as const;

/** The name in the certificate of every agent's API: pods come and go, so it can't be an address. */
export const agentServerName = (replica: ReplicaIdentity): string =>
  `${replica.name}.${replica.namespace}.agents.syncreplica.io`;

/** Volumes that a SyncReplica's certificates name; one that no receiver has where it has only external targets. */
export const namedVolumes = (
  replica: ReplicaIdentity,
  targets: readonly string[],
  ordinals: readonly number[],
): string[] => {
  const volumes = targets.flatMap((target) =>
    ordinals.map((ordinal) => receiverVolume(replica.namespace, replica.name, target, ordinal)),
  );
  return volumes.length > 0 ? volumes : [`${replica.namespace}.${replica.name}.agents`];
};

/** Keeps what is there and still good; makes the rest. Nothing is written. */
export const ensureMaterial = async (question: MaterialQuestion): Promise<Material> => {
  const { replica, managedTargets, existing, trust, nowMs, leafLifeMs } = question;
  const leaf = (texts: Readonly<Record<string, string>>, cert: string, key: string, request: LeafRequest) =>
    keepLeaf(pairOf(texts, cert, key), request, trust, { nowMs, leafLifeMs });
  const receivers = new Map<string, ReceiverMaterial>();
  for (const { name, ordinals, addresses = [], isPublic = false, hasReaders = false } of managedTargets) {
    const texts = existing.receivers.get(name) ?? {};
    const list = texts[materialKeys.credentials];
    const timing = isPublic ? lasting(question.credentialTiming) : question.credentialTiming;
    const kept = keepCredentials(list === undefined ? [] : parseOrForget(list), nowMs, timing);
    const server = await leaf(texts, credentialFiles.cert, credentialFiles.key, {
      kind: 'server',
      names: [...receiverNames(replica, name), ...(hasReaders ? readersNames(replica, name) : []), ...addresses],
    });
    const relay: LeafRequest = {
      kind: 'client',
      commonName: 'syncreplica-relay',
      volumes: [readersVolume(replica.namespace, replica.name, name)],
      replica: { namespace: replica.namespace, name: replica.name },
    };
    const handed = existing.relays?.get(name) ?? {};
    const known = {
      server,
      credential: kept.inUse,
      credentials: kept.accepted,
      ...(hasReaders ? { relay: await leaf(handed, materialKeys.clientCert, materialKeys.clientKey, relay) } : {}),
    };
    const writer: LeafRequest = {
      kind: 'client',
      commonName: 'syncreplica-writer',
      volumes: namedVolumes(replica, [name], [...Array(ordinals).keys()]),
    };
    const shown = existing.writers.get(name) ?? {};
    receivers.set(
      name,
      isPublic ? { ...known, writer: await leaf(shown, credentialFiles.cert, credentialFiles.key, writer) } : known,
    );
  }
  const targets = managedTargets.map(({ name }) => name);
  const agents = new Map<string, AgentMaterial>();
  for (const { name, ordinal } of question.volumes) {
    const texts = existing.agents.get(name) ?? {};
    agents.set(name, {
      server: await leaf(texts, credentialFiles.cert, credentialFiles.key, {
        kind: 'server',
        names: [agentServerName(replica), metricsServerName],
      }),
      client: await leaf(texts, materialKeys.clientCert, materialKeys.clientKey, {
        kind: 'client',
        commonName: 'syncreplica-agent',
        volumes: namedVolumes(replica, targets, [ordinal]),
        replica: { namespace: replica.namespace, name: replica.name },
      }),
    });
  }
  const made = { bundle: trust.bundle, receivers, agents };
  return { ...made, replaced: findReplaced(existing, made) };
};

/** Whoever copied a password to another cluster would be locked out by its successor. */
const lasting = (timing: OverlapTiming): OverlapTiming => ({ ...timing, renewAfterMs: Infinity });

/** What was replaced, for a person; nothing of what is made for the first time. */
const findReplaced = (existing: MaterialQuestion['existing'], made: Omit<Material, 'replaced'>): string[] => {
  const isOther = (before: string | undefined, now: string): boolean => before !== undefined && before !== now;
  const targets = [...made.receivers].flatMap(([name, { server, credential }]) => {
    const texts = existing.receivers.get(name) ?? {};
    return [
      ...(isOther(texts[credentialFiles.username], credential.username) ? [`the password of target ${name}`] : []),
      ...(isOther(texts[credentialFiles.cert], server.cert) ? [`the certificate of target ${name}`] : []),
    ];
  });
  // What agents show changes with every new volume too; what they serve with only when it is renewed.
  const isAgents = [...made.agents].some(([volume, { server }]) =>
    isOther(existing.agents.get(volume)?.[credentialFiles.cert], server.cert),
  );
  return [...targets, ...(isAgents ? ['the certificates of its agents'] : [])];
};

/**
 * Texts of the Secret that is copied to where the source is. With `servername` the receiver's certificate is good by
 * whatever address it is reached.
 */
export const writerSecretTexts = (
  replica: ReplicaIdentity,
  target: string,
  { credential, writer }: ReceiverMaterial & { readonly writer: KeyPair },
  bundle: string,
): Record<string, string> => ({
  [credentialFiles.ca]: bundle,
  [credentialFiles.cert]: writer.cert,
  [credentialFiles.key]: writer.key,
  [credentialFiles.username]: credential.username,
  [credentialFiles.password]: credential.password,
  [servernameKey]: serviceHost(replica, target),
});

const serviceHost = (replica: ReplicaIdentity, target: string): string =>
  `${receiverName(replica.name, target)}.${replica.namespace}.svc`;

/** One certificate for every ordinal (a wildcard for the pods) and both Services. */
export const receiverNames = (replica: ReplicaIdentity, target: string): string[] => {
  const headless = `${receiverHeadlessName(replica.name, target)}.${replica.namespace}.svc`;
  return [`*.${headless}`, serviceHost(replica, target), metricsServerName];
};

/** Of each reader's pod. */
const readersNames = ({ namespace, name }: ReplicaIdentity, target: string): string[] => [
  `*.${readersHeadlessName(name, target)}.${namespace}.svc`,
];

/** Texts of a receiver's Secret. */
export const receiverSecretTexts = (material: ReceiverMaterial, bundle: string): Record<string, string> => ({
  [credentialFiles.ca]: bundle,
  [credentialFiles.cert]: material.server.cert,
  [credentialFiles.key]: material.server.key,
  [credentialFiles.username]: material.credential.username,
  [credentialFiles.password]: material.credential.password,
  [usersFile]: formatUsers(material.credentials),
  [materialKeys.credentials]: formatCredentials(material.credentials),
});

const pairOf = (texts: Readonly<Record<string, string>>, cert: string, key: string): KeyPair | undefined => {
  const [certText, keyText] = [texts[cert], texts[key]];
  return certText && keyText ? { cert: certText, key: keyText } : undefined;
};

/** Unreadable credentials are replaced: an agent learns the new ones as it learnt the old. */
const parseOrForget = (text: string): readonly Credential[] => {
  try {
    return parseCredentials(text);
  } catch {
    return [];
  }
};
