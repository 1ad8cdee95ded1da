import type { Logger } from '../../../src/process/log/logger.ts';
import type { ControlActions } from '../control/control-api.ts';
import type { Transfer } from '../rsyncd/transfer-line.ts';

/** Says in the log what arrives by rsync. */
export const logTransfer =
  (logger: Logger) =>
  (transfer: Transfer): void =>
    logger.info({ ...transfer, path: Buffer.from(transfer.path, 'latin1').toString('utf8') }, 'transfer');

const nameOf = (encoded: string): string => Buffer.from(encoded, 'base64url').toString('utf8');

/** The same of small files, renames and deletions, which come without rsync. */
export const logOperations = (actions: ControlActions, logger: Logger): ControlActions => ({
  ...actions,
  async rename(volume, request) {
    const answer = await actions.rename(volume, request);
    request.renames.forEach(({ from, to }, index) => {
      if (answer.results[index]?.renamed)
        logger.info({ operation: 'renamed', from: nameOf(from), path: nameOf(to) }, 'transfer');
    });
    return answer;
  },
  async writeSmallFiles(volume, request) {
    const answer = await actions.writeSmallFiles(volume, request);
    request.files.forEach(({ path, content }, index) => {
      const size = Buffer.byteLength(content, 'base64url');
      if (answer.results[index]?.written)
        logger.info({ operation: 'received', path: nameOf(path), size, bytes: size }, 'transfer');
    });
    return answer;
  },
  async delete(volume, request) {
    const answer = await actions.delete(volume, request);
    request.paths.forEach((path, index) => {
      if (answer.results[index]?.deleted) logger.info({ operation: 'deleted', path: nameOf(path) }, 'transfer');
    });
    return answer;
  },
});
