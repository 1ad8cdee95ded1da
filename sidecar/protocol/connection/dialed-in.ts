import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';

/**
 * A receiver that can't be reached dials its agent and keeps some connections waiting there. On each:
 *
 *   agent      NONCE\n
 *   receiver   TARGET HMAC\n     sha256 by the password of the rsync user over `syncreplica-dial/1 NONCE TARGET`, hex
 *
 * and then silence, until the agent begins on it as it would on a connection of its own: with TLS, as the client. So who is who, and
 * who may write, is judged as ever; the line only keeps strangers from filling the places.
 */
export const proveTarget = (password: string, nonce: string, target: string): string =>
  createHmac('sha256', password).update(`syncreplica-dial/1 ${nonce} ${target}`).digest('hex');

export const dialLine = (password: string, nonce: string, target: string): string =>
  `${target} ${proveTarget(password, nonce, target)}\n`;

export const parseDialLine = (line: string): { readonly target: string; readonly proof: string } | undefined => {
  const [, target, proof] = /^([A-Za-z0-9_][-A-Za-z0-9_.]*) ([0-9a-f]{64})$/.exec(line) ?? [];
  return target === undefined || proof === undefined ? undefined : { target, proof };
};

export const isProof = (proof: string, password: string, nonce: string, target: string): boolean =>
  timingSafeEqual(Buffer.from(proof), Buffer.from(proveTarget(password, nonce, target)));

const longestLine = 400;

/** The first line on a socket, which is paused afterwards; undefined where none comes in time, or more than that. */
export const readFirstLine = (socket: Socket, timeoutMs: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    let text = '';
    const end = (line: string | undefined): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose);
      socket.pause();
      resolve(line);
    };
    const onClose = (): void => end(undefined);
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const at = text.indexOf('\n');
      if (at >= 0) end(at === text.length - 1 ? text.slice(0, at) : undefined);
      else if (text.length > longestLine) end(undefined);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    socket.on('data', onData).once('close', onClose);
  });
