import type { Operation, PreserveRequest } from '../../protocol/preserve.ts';
import { Refusal } from '../refusal.ts';
import type { History } from './history.ts';

/** Keeps what an rsync run is about to replace. @throws Refusal where there is no history, or the epoch has ended */
export const preserve = async (
  history: History | undefined,
  request: PreserveRequest,
  requireEpoch: () => void,
): Promise<Operation> => {
  requireEpoch();
  if (!history) throw new Refusal({ code: 'BadRequest', message: 'preserve paths: this receiver keeps no history' });
  const paths = request.paths.map((text) => Buffer.from(text, 'base64url').toString('latin1'));
  const directories = new Set(request.directories.map((index) => paths[index] ?? ''));
  return { operation: await history.keep(paths, directories, requireEpoch) };
};
