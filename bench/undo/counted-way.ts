import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

const host = '127.0.0.1';

/** Passes connections on to a port, and counts what goes through, both ways. */
export const startCountedWay = async (
  to: number,
): Promise<{ readonly port: number; bytes(): number; stop(): void }> => {
  let bytes = 0;
  const open = new Set<Socket>();
  const passOn = (from: Socket, next: Socket): void => {
    open.add(from);
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    from.pipe(next);
    from.on('error', () => next.destroy());
    from.on('close', () => {
      open.delete(from);
      next.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: to, host, noDelay: true });
    passOn(near, far);
    passOn(far, near);
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => bytes,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
};
