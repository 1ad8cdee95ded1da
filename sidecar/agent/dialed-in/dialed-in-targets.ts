import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type { ReceiverTarget } from '../../../src/api/settings/replication-settings.ts';
import { Failure } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { isProof, parseDialLine, readFirstLine } from '../../protocol/connection/dialed-in.ts';
import { WaitingConnections } from './waiting-connections.ts';

const lineWithinMs = 10_000;
/** Of connections that have not proved anything yet. */
const maxStrangers = 64;

/**
 * Where receivers dial in that can't be dialed. For each such target there is a port on loopback that leads to the connections which
 * its receiver keeps waiting: the agent dials that, and all else is as with any receiver.
 */
export class DialedInTargets {
  readonly #server: net.Server;
  readonly #logger: Logger;
  readonly #targets = new Map<string, { password: string; readonly waiting: WaitingConnections }>();
  readonly #strangers = new Set<net.Socket>();

  private constructor(server: net.Server, logger: Logger) {
    this.#server = server;
    this.#logger = logger;
    server.on('connection', (socket) => void this.#accept(socket));
  }

  /** @throws Failure `ListenFailed` */
  static async listen(at: { readonly host: string; readonly port: number }, logger: Logger): Promise<DialedInTargets> {
    const server = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) =>
        reject(
          new Failure('ListenFailed', `listen on ${at.host}:${at.port}: ${cause.message}`, {
            cause,
            hint: 'choose another address or port for --await',
          }),
        ),
      );
      server.listen(at.port, at.host, resolve);
    });
    return new DialedInTargets(server, logger);
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** The target as the agent is to dial it from now on. */
  async expect(target: ReceiverTarget): Promise<ReceiverTarget> {
    const known = this.#targets.get(target.name);
    const waiting = known?.waiting ?? (await WaitingConnections.open());
    this.#targets.set(target.name, { password: target.password, waiting });
    const servername = target.tls.servername ?? target.host;
    return { ...target, host: '127.0.0.1', port: waiting.port, tls: { ...target.tls, servername } };
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#strangers) socket.destroy();
    for (const { waiting } of this.#targets.values()) waiting.close();
  }

  async #accept(socket: net.Socket): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (this.#strangers.size >= maxStrangers) {
      socket.destroy();
      return;
    }
    this.#strangers.add(socket);
    const nonce = randomBytes(16).toString('hex');
    socket.write(`${nonce}\n`);
    const said = parseDialLine((await readFirstLine(socket, lineWithinMs)) ?? '');
    this.#strangers.delete(socket);
    const expected = said && this.#targets.get(said.target);
    if (!said || !expected || !isProof(said.proof, expected.password, nonce, said.target)) {
      const address = socket.remoteAddress ?? '';
      this.#logger.warn({ address, target: expected ? said?.target : undefined }, 'who dialed in is no target of ours');
      socket.destroy();
      return;
    }
    expected.waiting.add(socket);
  }
}
