import { parsePreserveRequest } from '../../control/control-request.ts';
import type { History } from '../history.ts';

/** Keeps what an rsync run is about to replace, as its frame says. @throws where the frame makes no sense, or the epoch has ended */
export const preserve = async (history: History, body: unknown, requireEpoch: () => void): Promise<void> => {
  const request = parsePreserveRequest((body ?? {}) as Record<string, unknown>);
  const paths = request.paths.map((text) => Buffer.from(text, 'base64url').toString('latin1'));
  const directories = new Set(request.directories.map((index) => paths[index] ?? ''));
  await history.keep(paths, directories, requireEpoch);
};
