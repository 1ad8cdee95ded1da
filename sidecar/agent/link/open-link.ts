import net from 'node:net';
import tls from 'node:tls';
import type { ReceiverTarget, RsyncdTarget, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { Failure } from '../../../src/process/failure.ts';
import type { FailureReason } from '../../protocol/agent-status.ts';
import { createControlClient } from '../../protocol/connection/control-client.ts';
import { connectReceiver } from '../../protocol/connection/tls-connect.ts';
import { alpnRsync, readingEpoch, rsyncPreamble } from '../../protocol/control.ts';
import { receiverDestination } from '../../protocol/receiver-layout.ts';
import type { Dial } from '../rsync/tunnel.ts';
import { leaseRequestOf, linkByLease } from './lease/by-lease.ts';
import type { Link, LinkOptions, ReadingLink } from './link.ts';
import { makeLookAfterDaemon } from './look-after-daemon.ts';
import { localNote } from './notes/local-note.ts';
import { plainTarget } from './plain-target.ts';

export const openReceiverToRead = (target: ReceiverTarget, root: string): ReadingLink =>
  receiverWay(target, root, readingEpoch);

/** Opens a way to the target. @throws Failure whose code is a FailureReason where one is known */
export async function openLink(target: TargetSettings, options: LinkOptions): Promise<Link> {
  if (target.kind === 'receiver') return openReceiver(target, options);
  if (target.kind === 'rsyncd') return openRsyncd(target, options);
  // Most agents never need it.
  return (await import('../ssh/open-ssh.ts')).openSsh(target, options);
}

async function openReceiver(target: ReceiverTarget, options: LinkOptions): Promise<Link> {
  const address = { host: target.host, port: target.port, tls: target.tls };
  const { username, password } = target;
  const openControl = () => createControlClient({ ...address, volume: target.volume, user: { username, password } });
  const control = openControl();
  const pulse = openControl();
  const close = (): void => {
    control.close();
    pulse.close();
  };
  try {
    const lease = await pulse.takeLease(leaseRequestOf(options));
    return {
      ...receiverWay(target, lease.root, lease.epoch, lease.hasHistory === true),
      ...linkByLease(lease, options),
      // Elsewhere the call that tells of attributes is another one.
      takesSmallFiles: lease.takesSmallFiles === true && process.platform === 'linux',
      askAnew: async () => {
        const anew = openControl();
        await anew.status().finally(() => anew.close());
      },
      pulse,
      control,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function receiverWay(target: ReceiverTarget, root: string, epoch: number, isFramed = false): ReadingLink {
  const { host, port, tls: material, volume, username, password } = target;
  return {
    destination: `rsync://${username}@${urlHost(host)}:${port}/${receiverDestination(volume, root)}`,
    password,
    dial: async () => {
      const socket = await connectReceiver({ host, port, tls: material, alpn: alpnRsync });
      socket.write(rsyncPreamble(volume, epoch, isFramed));
      return socket;
    },
    targetRoot: `${root}/data`,
    close: () => {},
  };
}

async function openRsyncd(target: RsyncdTarget, { stateDir }: LinkOptions): Promise<Link> {
  const dial: Dial = () => connectDaemon(target);
  // A daemon that can't be reached is found here, not by every rsync process.
  (await dial()).destroy();
  const kept = stateDir === undefined ? undefined : localNote(stateDir, target);
  const user = target.username === undefined ? '' : `${target.username}@`;
  return {
    destination: `rsync://${user}${urlHost(target.host)}:${target.port}/${target.module}/`,
    password: target.password,
    dial,
    targetRoot: '',
    ...plainTarget(kept),
    look: makeLookAfterDaemon(dial),
    close: () => {},
  };
}

function connectDaemon(target: RsyncdTarget): Promise<net.Socket> {
  const { host, port } = target;
  return new Promise((resolve, reject) => {
    const socket =
      target.tls === undefined
        ? net.connect({ host, port, noDelay: true })
        : tls.connect({
            host,
            port,
            servername: target.tls.servername ?? host,
            minVersion: 'TLSv1.2',
            ...pemOf(target.tls),
          });
    const timer = setTimeout(() => socket.destroy(new Error('no answer within 10 s')), 10_000);
    socket.once(target.tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
    const fail = (cause: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      const certificate = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(cause.code ?? '');
      const code: FailureReason = certificate ? 'CertificateInvalid' : 'TargetUnreachable';
      const hint = certificate
        ? 'its certificate must name this host and be from an authority that is trusted; give a private one as ca.crt'
        : 'check that the daemon runs and that this host can reach it';
      reject(new Failure(code, `connect to rsync daemon ${host}:${port}: ${cause.message}`, { cause, hint }));
    };
    socket.once('error', fail);
  });
}

function pemOf(material: NonNullable<RsyncdTarget['tls']>): tls.SecureContextOptions {
  const { ca, cert, key } = material;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
