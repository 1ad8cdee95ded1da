import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { after } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { createAuthority, issueOperatorCertificate, issueServerCertificate } from '../../certificates/authority.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { createManualClock } from '../../process/manual-clock.ts';
import { isOperatorCertificate } from '../../process/tls/certificate-identity.ts';
import { agentOf, look, reportOf, wellWorld } from '../decide/observed.fixture.ts';
import { agentServerName } from '../desired/material.ts';
import { createPoller, type PollerOptions } from './poller.ts';
import { createReports } from './reports.ts';

/** Agents and receivers that a poller asks, over real TLS. */
export const authority = await createAuthority({ name: 'test' });
/** The operator’s certificate. */
export const operator = await issueOperatorCertificate(authority, {});
export const settings = [...look(wellWorld()).settings.values()][0] as ReplicationSettings;
const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** Takes connections and says nothing, as one behind a rule that drops what it answers; the port. */
export const startMute = async (): Promise<number> => {
  const mute = createTcpServer(() => {});
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  after(() => void mute.close());
  return (mute.address() as AddressInfo).port;
};

/** An agent's API as the data plane serves it: TLS 1.3, the operator's certificate or 403. `hang` answers nothing. */
export const startAgent = async (name: string, options: { generation: number; hang?: boolean }) => {
  const pair = await issueServerCertificate(authority, {
    names: [agentServerName({ namespace: 'shop', name, uid: '' })],
  });
  const state = { generation: options.generation, pushed: [] as ReplicationSettings[] };
  const server = createServer(
    { ...pair, ca: authority.cert, minVersion: 'TLSv1.3', requestCert: true, rejectUnauthorized: true },
    async (request, response) => {
      if (options.hang) return;
      if (!isOperatorCertificate((request.socket as TLSSocket).getPeerCertificate().subjectaltname)) {
        response.writeHead(403).end();
        return;
      }
      if (request.method === 'PUT') {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const pushed = JSON.parse(Buffer.concat(chunks).toString()) as ReplicationSettings;
        state.pushed.push(pushed);
        state.generation = pushed.generation;
      }
      response.end(JSON.stringify(agentOf([reportOf('dr')], { generation: state.generation })));
    },
  );
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, state };
};

/** A receiver as the data plane serves it, with what an agent handed over. */
export const startReceiver = async (handed: readonly { ageMs: number; status: object }[], refusesOperator = false) => {
  const pair = await issueServerCertificate(authority, { names: ['r.shop.svc'] });
  let handshakes = 0;
  let resumed = 0;
  let asked = 0;
  const state = { isCut: false };
  const server = createServer(
    { ...pair, ca: authority.cert, minVersion: 'TLSv1.3', requestCert: true, ALPNProtocols: ['syncreplica-control/1'] },
    (request, response) => {
      asked += 1;
      if (state.isCut) {
        request.socket.destroy();
        return;
      }
      const shown = (request.socket as TLSSocket).getPeerX509Certificate()?.subjectAltName;
      if (refusesOperator && isOperatorCertificate(shown)) {
        response.writeHead(403).end(JSON.stringify({ code: 'Forbidden', message: 'it names no volume' }));
        return;
      }
      response.end(JSON.stringify({ volume: 'shop.uploads-dr-0', leaseExpiresInMs: 1, agents: handed }));
    },
  );
  server.on('secureConnection', (socket: TLSSocket) => {
    handshakes += 1;
    if (socket.isSessionReused()) resumed += 1;
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: {
      kind: 'receiver',
      host: '127.0.0.1',
      port,
      volume: 'shop.uploads-dr-0',
      servername: 'r.shop.svc',
    } as const,
    /** While it is cut, questions get no answer. */
    state,
    figures: () => ({ handshakes, resumed, asked }),
  };
};

/** A poller by a clock of the test's own, of which only what the test is about is said. */
export const makeTestPoller = (options: Pick<PollerOptions, 'endpoint'> & Partial<PollerOptions>) => {
  const clock = createManualClock();
  const reports = createReports();
  const poller = createPoller({
    clock,
    random: () => 0.5,
    logger: silentLogger,
    reports,
    workers: 4,
    identity: () => ({ pair: operator, bundle: authority.cert }),
    writerTls: () => undefined,
    generation: () => undefined,
    settings: () => undefined,
    changed: () => {},
    silent: () => {},
    ...options,
  });
  return { clock, reports, poller };
};

/** Looks until it holds, however slow the machine is; `step` is done between two looks. */
export const untilHolds = async (holds: () => boolean, step: () => void = () => {}): Promise<void> => {
  for (const limit = performance.now() + 180_000; !holds(); step()) {
    assert.ok(performance.now() < limit, String(holds));
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
