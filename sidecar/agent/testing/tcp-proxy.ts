import net from 'node:net';

/** A TCP proxy to a port of this machine, whose connections can be cut, refused, frozen or slowed. */
export class TcpProxy {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  /** Bytes a second for each connection towards the target; undefined is no limit. */
  bytesPerSecond: number | undefined;
  /** Connections are taken and closed at once. */
  refuses = false;

  #answersPerSecond: number | undefined;

  private constructor(target: number, answersPerSecond: number | undefined) {
    this.#answersPerSecond = answersPerSecond;
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
      remote.on('data', (chunk: Buffer) => forward(chunk, remote, client, this.#answersPerSecond));
      remote.on('end', () => client.end());
      client.on('data', (chunk: Buffer) => forward(chunk, client, remote, this.bytesPerSecond));
      client.on('end', () => remote.end());
    });
  }

  /** `slowAnswers`: bytes a second from the target, for each connection. */
  static async start(target: number, { slowAnswers }: { slowAnswers?: number } = {}): Promise<TcpProxy> {
    const proxy = new TcpProxy(target, slowAnswers);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  unlimit(): void {
    this.bytesPerSecond = undefined;
    this.#answersPerSecond = undefined;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** What is connected now carries nothing any more, and is not closed; new connections do: as a NAT box that was restarted. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}

function forward(chunk: Buffer, from: net.Socket, to: net.Socket, bytesPerSecond: number | undefined): void {
  const room = to.write(chunk);
  if (bytesPerSecond !== undefined) {
    from.pause();
    setTimeout(() => from.resume(), (chunk.length / bytesPerSecond) * 1000);
  } else if (!room) {
    from.pause();
    to.once('drain', () => from.resume());
  }
}
