import { errorMessage } from '../../process/failure.ts';
import { startControlSocket } from '../running/control-socket.ts';
import { steerAgent } from './running-settings.ts';

/**
 * What a running agent can be told: by its socket, and by SIGHUP to read its files again. Of a terminal SIGHUP says that it was
 * closed, so there it ends the agent as ever.
 */
export const openSteering = async (
  options: Parameters<typeof steerAgent>[0],
): Promise<{ close(): void; readonly onHangup: (() => void) | undefined }> => {
  const { logger } = options;
  const controlled = steerAgent(options);
  const socket = await startControlSocket(controlled, process.env).catch((error: unknown) => {
    logger.warn({ reason: errorMessage(error) }, 'no socket for orders; SIGHUP reads the settings again');
    return undefined;
  });
  const reload = (): void => {
    controlled.obey({ verb: 'reload' }).catch((err: unknown) => {
      logger.error({ err }, 'new settings are refused, the old ones go on');
    });
  };
  return {
    close: () => socket?.close(),
    onHangup: process.stdin.isTTY === true || process.stdout.isTTY === true ? undefined : reload,
  };
};
