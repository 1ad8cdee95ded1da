import { connect, createServer, type Socket } from 'node:net';

/**
 * Passes connections on as a network of a given length does: `node delay-relay.ts PORT HOST TO-PORT
 * ROUND-TRIP-MS`. Every byte takes half a round trip, and nothing passes before the handshake's one.
 */
const [, , port, host, toPort, roundTrip] = process.argv;
const roundTripMs = Number(roundTrip);

/** As much as may be under way before the sender has to wait, bytes. */
const windowBytes = 64 * 1024 * 1024;

function passOn(from: Socket, to: Socket, openAt: number): void {
  let underWay = 0;
  const waiting: { readonly dueAt: number; readonly act: () => void }[] = [];
  const drain = (): void => {
    for (let next = waiting[0]; next !== undefined && next.dueAt <= performance.now(); next = waiting[0]) {
      waiting.shift();
      next.act();
    }
    if (waiting[0] !== undefined) setTimeout(drain, Math.max(0, waiting[0].dueAt - performance.now()));
  };
  // One queue: timers of their own would pass each other.
  const later = (act: () => void): void => {
    waiting.push({ dueAt: Math.max(openAt, performance.now()) + roundTripMs / 2, act });
    if (waiting.length === 1) drain();
  };
  from.on('data', (chunk: Buffer) => {
    underWay += chunk.length;
    if (underWay > windowBytes) from.pause();
    later(() => {
      underWay -= chunk.length;
      if (underWay <= windowBytes) from.resume();
      if (!to.destroyed) to.write(chunk);
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.destroy()));
  from.on('close', () => later(() => to.destroy()));
}

const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
  const far = connect({ port: Number(toPort), host: host ?? '127.0.0.1', noDelay: true, allowHalfOpen: true });
  const openAt = performance.now() + roundTripMs;
  passOn(near, far, openAt);
  passOn(far, near, openAt);
});
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
