import { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { type ControlClient, createControlClient } from '../../../sidecar/protocol/connection/control-client.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import type { TlsMaterial } from '../../api/settings/replication-settings.ts';
import type { KeyPair } from '../../certificates/authority.ts';
import { errorCode } from '../../process/failure.ts';
import type { Endpoint } from './endpoints.ts';
import type { ReporterKey } from './reports.ts';

/** The operator's own certificate, and what is trusted. */
export interface OperatorIdentity {
  readonly pair: KeyPair;
  readonly bundle: string;
}

type ReceiverEndpoint = Endpoint & { readonly kind: 'receiver' };

export interface Connections {
  /** Kept for those that are asked again and again; most are asked once, until their receiver speaks for them. */
  agent(identity: OperatorIdentity, isKept: boolean): Agent;
  /** @param writerTls for a receiver that doesn't know the operator's certificate */
  askReceiver(
    key: ReporterKey,
    endpoint: ReceiverEndpoint,
    identity: OperatorIdentity,
    writerTls: () => TlsMaterial | undefined,
  ): Promise<VolumeStatus>;
  forget(key: ReporterKey): void;
  close(): void;
}

/**
 * Connections to so many receivers are kept, 70 KiB each; to the others each question resumes a session of 1 KiB, for
 * 0.4 ms more of processor time.
 */
const maxKept = 256;
const timeoutMs = 4_000;

interface Current extends OperatorIdentity {
  readonly kept: Agent;
  readonly once: Agent;
  /** One object for all: the parsed certificate and the sessions hang on it. */
  readonly tls: TlsMaterial;
}

/** Kept for as long as certificates and addresses stay: a handshake costs more than all that is said after it. */
export const createConnections = (keptReceivers = maxKept): Connections => {
  let current: Current | undefined;
  const receivers = new Map<ReporterKey, { tls: TlsMaterial; host: string; client: ControlClient }>();
  const asWriter = new Set<ReporterKey>();

  const useIdentity = ({ pair, bundle }: OperatorIdentity): Current => {
    if (current?.pair.cert === pair.cert && current.bundle === bundle) return current;
    current?.kept.destroy();
    current?.once.destroy();
    const tls = { ca: bundle, cert: pair.cert, key: pair.key };
    // One context for all: else each connection has its own, which lives until a collection that nothing hurries.
    const secureContext = createSecureContext({ ...tls, minVersion: 'TLSv1.3' });
    const kept = new Agent({ secureContext, keepAlive: true, maxFreeSockets: 256 });
    current = { pair, bundle, tls, kept, once: new Agent({ secureContext, keepAlive: false }) };
    return current;
  };
  const forgetClient = (key: ReporterKey): void => {
    receivers.get(key)?.client.close();
    receivers.delete(key);
  };
  const askOnce = async (endpoint: ReceiverEndpoint, tls: TlsMaterial): Promise<VolumeStatus> => {
    const client = createControlClient({ ...endpoint, tls, timeoutMs });
    try {
      return await client.status();
    } finally {
      client.close();
    }
  };
  const askKept = (key: ReporterKey, endpoint: ReceiverEndpoint, tls: TlsMaterial): Promise<VolumeStatus> => {
    const known = receivers.get(key);
    if (known?.tls === tls && known.host === endpoint.host) return known.client.status();
    forgetClient(key);
    if (receivers.size >= keptReceivers) return askOnce(endpoint, tls);
    const client = createControlClient({ ...endpoint, tls, timeoutMs });
    receivers.set(key, { tls, host: endpoint.host, client });
    return client.status();
  };
  const askAsWriter = (endpoint: ReceiverEndpoint, tls: TlsMaterial | undefined): Promise<VolumeStatus> => {
    if (!tls) throw new Error('ask receiver: there is no certificate for it yet');
    return askOnce(endpoint, tls);
  };
  return {
    agent(identity, isKept) {
      const { kept, once } = useIdentity(identity);
      return isKept ? kept : once;
    },
    async askReceiver(key, endpoint, identity, writerTls) {
      const { tls } = useIdentity(identity);
      if (asWriter.has(key)) return askAsWriter(endpoint, writerTls());
      try {
        return await askKept(key, endpoint, tls);
      } catch (error) {
        if (errorCode(error) !== 'Forbidden') throw error;
        forgetClient(key);
        asWriter.add(key);
        return askAsWriter(endpoint, writerTls());
      }
    },
    forget(key) {
      forgetClient(key);
      asWriter.delete(key);
    },
    close() {
      current?.kept.destroy();
      current?.once.destroy();
      for (const { client } of receivers.values()) client.close();
    },
  };
};
