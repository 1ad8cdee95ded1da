import type { TLSSocket } from 'node:tls';
import { alpnControl } from '../../protocol/control.ts';
import { rawRefusal } from '../control/control-api.ts';

/** Tells an untrusted client why, in the words of the protocol it chose. */
export const answerUntrusted = (socket: TLSSocket, protocol: string, reason: string): void => {
  const message = `connect to receiver: ${reason}`;
  socket.end(protocol === alpnControl ? rawRefusal({ code: 'Forbidden', message }) : `@ERROR: Forbidden ${message}\n`);
  socket.setTimeout(5_000, () => socket.destroy());
};
