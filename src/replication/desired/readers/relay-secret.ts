import { ports, readersHeadlessName, readersName, readersVolume, relaySecretName } from '../../../api/names.ts';
import type { ResolvedReaders } from '../../../api/resolved-spec.ts';
import type { RelaySettings } from '../../../api/settings/relay-settings.ts';
import type { ReplicationSettings } from '../../../api/settings/replication-settings.ts';
import type { KeyPair } from '../../../certificates/authority.ts';
import type { Secret } from '../../../cluster/objects.ts';
import { ownedMeta, type ReplicaIdentity } from '../../identity.ts';
import { encodeSecret } from '../../secret-data.ts';
import { materialKeys, type ReceiverMaterial } from '../material.ts';

const relayPath = '/etc/syncreplica-relay';
const relayFile = 'relay.json';

/** `as`: a pod's name, or `first`. */
export const relayArguments = (as: string): string[] => [`--relay=${relayPath}/${relayFile}`, `--relay-as=${as}`];

export const relayMount = { name: 'relay', mountPath: relayPath, readOnly: true };

export const relayVolume = (replica: ReplicaIdentity, target: string) => ({
  name: 'relay',
  secret: {
    secretName: relaySecretName(replica.name, target),
    defaultMode: 0o440,
    items: [{ key: relayFile, path: relayFile }],
  },
});

export interface RelayQuestion {
  readonly replica: ReplicaIdentity;
  readonly target: string;
  readonly readers: ResolvedReaders;
  readonly receiver: ReceiverMaterial & { readonly relay: KeyPair };
  readonly bundle: string;
  /** What the source's agents are told; undefined while that is not known. */
  readonly settings: ReplicationSettings | undefined;
}

/** Who feeds whom, and what relays show: the certificate is theirs and names the readers alone. */
export const relaySecret = ({ replica, target, readers, receiver, bundle, settings }: RelayQuestion): Secret => {
  const { relay, credential } = receiver;
  const texts = {
    [materialKeys.clientCert]: relay.cert,
    [materialKeys.clientKey]: relay.key,
    ...(settings === undefined
      ? {}
      : {
          [relayFile]: JSON.stringify({
            tree: { replicas: readers.replicas, fanOut: readers.fanOut },
            host: [
              `${readersName(replica.name, target)}-`,
              `.${readersHeadlessName(replica.name, target)}.${replica.namespace}.svc`,
            ],
            target: {
              port: ports.receiver,
              volume: readersVolume(replica.namespace, replica.name, target),
              username: credential.username,
              password: credential.password,
              tls: { ca: bundle, cert: relay.cert, key: relay.key },
            },
            settings: settingsOfRelays(settings),
          } satisfies RelaySettings),
        }),
  };
  return {
    metadata: ownedMeta(replica, relaySecretName(replica.name, target), 'reader', target) as never,
    type: 'Opaque',
    data: encodeSecret(texts),
  };
};

/** What was asked of the source's agents once, and what hangs on the source itself, is not for relays. */
const settingsOfRelays = ({
  targets: _targets,
  source: _source,
  generation: _generation,
  hooks: _hooks,
  checkpoints: _checkpoints,
  requests: _requests,
  begun: _begun,
  restoredFrom: _restoredFrom,
  journal: _journal,
  journalLines: _journalLines,
  ...settings
}: ReplicationSettings): RelaySettings['settings'] => ({ ...settings, restore: 'Never' });
