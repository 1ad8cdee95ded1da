import net from 'node:net';
import { pipeline } from 'node:stream';

/** A receiver keeps a few; one that is broken may leave more behind. */
const maxWaiting = 32;
const waitMs = 10_000;
const listenAgainMs = 1_000;

/**
 * A port on loopback that leads to connections which were made from the other side. It is open only while there are any, so that who
 * looks whether the target is back sees it.
 */
export class WaitingConnections {
  readonly port: number;
  readonly #server: net.Server;
  readonly #idle: net.Socket[] = [];
  readonly #paired = new Set<net.Socket>();
  readonly #wanting: ((socket: net.Socket) => void)[] = [];
  #isOpen = true;
  #isClosed = false;
  #again: NodeJS.Timeout | undefined;

  private constructor(server: net.Server) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
    server.on('connection', (local) => this.#serve(local));
    server.on('error', () => {
      // The port was taken meanwhile: by and by it is free.
      this.#isOpen = false;
      this.#again = setTimeout(() => this.#follow(), listenAgainMs);
    });
    this.#follow();
  }

  static async open(): Promise<WaitingConnections> {
    const server = net.createServer({ noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    server.removeAllListeners('error');
    return new WaitingConnections(server);
  }

  /** One more, on which nothing was said yet. */
  add(remote: net.Socket): void {
    remote.once('close', () => {
      const at = this.#idle.indexOf(remote);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#follow();
    });
    // A receiver says nothing first.
    const next = this.#wanting.shift();
    if (next !== undefined) next(remote);
    else {
      remote.once('readable', () => remote.destroy());
      if (this.#idle.push(remote) > maxWaiting) this.#idle.shift()?.destroy();
    }
    this.#follow();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#server.close();
    for (const socket of [...this.#idle, ...this.#paired]) socket.destroy();
  }

  #follow(): void {
    const isThere = this.#idle.length + this.#paired.size > 0;
    if (this.#isClosed || isThere === this.#isOpen) return;
    this.#isOpen = isThere;
    if (isThere) this.#server.listen(this.port, '127.0.0.1');
    else this.#server.close();
  }

  /** Who only looks whether somebody is here says nothing, and takes no place. */
  #serve(local: net.Socket): void {
    local.on('error', () => local.destroy());
    this.#paired.add(local);
    local.once('close', () => {
      this.#paired.delete(local);
      this.#follow();
    });
    local.once('readable', () => {
      void this.#take().then((remote) => {
        if (remote === undefined || local.destroyed || remote.destroyed) {
          local.destroy();
          remote?.destroy();
          return;
        }
        pipeline(local, remote, () => remote.destroy());
        pipeline(remote, local, () => local.destroy());
      });
    });
  }

  /** The youngest is the likeliest to be alive. */
  #take(): Promise<net.Socket | undefined> {
    const remote = this.#idle.pop();
    if (remote !== undefined) return Promise.resolve(remote.removeAllListeners('readable'));
    return new Promise((resolve) => {
      const want = (socket: net.Socket): void => {
        clearTimeout(timer);
        resolve(socket);
      };
      const timer = setTimeout(() => {
        this.#wanting.splice(this.#wanting.indexOf(want), 1);
        resolve(undefined);
      }, waitMs);
      this.#wanting.push(want);
    });
  }
}
