import net from 'node:net';
import { createBackoff } from '../../src/process/backoff.ts';
import type { Logger } from '../../src/process/log/logger.ts';
import { dialLine, readFirstLine } from '../protocol/connection/dialed-in.ts';
import { lookupAddress } from '../protocol/connection/lookup-address.ts';

export interface DialOptions {
  /** Where the agent awaits us, and the name of the target that we are to it. */
  readonly host: string;
  readonly port: number;
  readonly target: string;
}

/** So many wait at the agent: one that it uses is replaced at once, which takes a round trip. */
const waitingAtOnce = 4;
const nonceWithinMs = 10_000;
const retry = { initialMs: 500, maxMs: 15_000 };

/** Keeps connections waiting at an agent that can't dial; each that it begins on is handed to `adopt`. @returns how to end it */
export const dialAgent = (
  { host, port, target }: DialOptions,
  options: {
    readonly password: () => string;
    readonly adopt: (socket: net.Socket) => void;
    /** Of all that were adopted. */
    readonly hasRoom: () => boolean;
    readonly logger: Logger;
  },
): (() => void) => {
  const { password, adopt, hasRoom, logger } = options;
  const backoff = createBackoff(retry);
  const waiting = new Set<net.Socket>();
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  let isThere = false;

  const say = (there: boolean, reason?: string): void => {
    if (there === isThere || isEnded) return;
    isThere = there;
    if (there) logger.info({ host, port, target }, 'agent was dialed');
    else logger.warn({ host, port, target, reason }, 'agent can not be dialed');
  };

  const fill = (): void => {
    while (!isEnded && timer === undefined && waiting.size < waitingAtOnce) {
      // Nobody tells when there is some again.
      if (hasRoom()) void open();
      else later();
    }
  };

  const later = (): void => {
    if (isEnded || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      fill();
    }, backoff.next());
    timer.unref();
  };

  const open = async (): Promise<void> => {
    // Both halves end by themselves, as on the port that others dial.
    const socket = net.connect({ host, port, lookup: lookupAddress, noDelay: true, allowHalfOpen: true });
    socket.setKeepAlive(true, 15_000);
    waiting.add(socket);
    let reason = 'it was closed';
    socket.on('error', (error) => {
      reason = error.message;
      socket.destroy();
    });
    socket.once('close', () => {
      if (!waiting.delete(socket)) return;
      if (waiting.size === 0) say(false, reason);
      later();
    });
    const nonce = await readFirstLine(socket, nonceWithinMs);
    if (nonce === undefined || !/^[0-9a-f]{32}$/.test(nonce)) {
      socket.destroy(new Error('what answers there is no agent that awaits receivers'));
      return;
    }
    socket.write(dialLine(password(), nonce, target));
    socket.once('readable', () => {
      // An end is readable too.
      if (socket.readableLength === 0) {
        socket.destroy();
        return;
      }
      waiting.delete(socket);
      backoff.reset();
      say(true);
      socket.once('close', fill);
      adopt(socket);
      fill();
    });
  };

  fill();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    for (const socket of waiting) socket.destroy();
  };
};
