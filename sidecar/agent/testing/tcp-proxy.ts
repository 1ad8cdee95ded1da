import net from 'node:net';

/** A TCP proxy to a port of this machine, whose connections can be cut, refused, frozen or slowed. */
export class TcpProxy {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  /** Bytes a second for all connections towards the target; undefined is no limit. */
  bytesPerSecond: number | undefined;
  /** Connections are taken and closed at once. */
  refuses = false;

  private constructor(target: number) {
    this.#server = net.createServer((client) => {
      if (this.refuses) {
        client.destroy();
        return;
      }
      const remote = net.connect({ host: '127.0.0.1', port: target });
      const end = (): void => {
        client.destroy();
        remote.destroy();
      };
      for (const socket of [client, remote]) {
        this.#sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', end);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          end();
        });
      }
      remote.pipe(client);
      client.on('data', (chunk: Buffer) => this.#forward(chunk, client, remote));
      client.on('end', () => remote.end());
    });
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Carries nothing any more and closes nothing, as a partition does. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #forward(chunk: Buffer, client: net.Socket, remote: net.Socket): void {
    if (this.bytesPerSecond === undefined) {
      if (!remote.write(chunk)) {
        client.pause();
        remote.once('drain', () => client.resume());
      }
      return;
    }
    remote.write(chunk);
    client.pause();
    setTimeout(() => client.resume(), (chunk.length / this.bytesPerSecond) * 1000);
  }
}
