import { Writable } from 'node:stream';
import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import { openLogOutput } from '../../process/log/log-output.ts';
import { createLogger, type Logger } from '../../process/log/logger.ts';
import { makeLiveBlock } from '../../terminal/terminal.ts';
import { type LogOptions, openLog } from '../open-log.ts';
import { parseLogLevel } from '../parse/parse-log-level.ts';
import { renderStatus } from '../running/render-status.ts';

export interface LivePicture {
  readonly logger: Logger;
  /** Shows what the agent does, until `end`. Does nothing where no person looks. */
  show(status: () => AgentStatus): void;
  end(): void;
}

const refreshMs = 500;

/** On a terminal the state of the replication stays in sight and log lines run above it; elsewhere there is the log alone. */
export const openLivePicture = async (name: string, options: LogOptions): Promise<LivePicture> => {
  if (process.stdout.isTTY !== true || (options.logFormat ?? 'text') !== 'text')
    return { logger: await openLog(name, options), show() {}, end() {} };
  const block = makeLiveBlock(process.stdout, process.env.NO_COLOR !== undefined);
  const above = new Writable({
    write(line, _encoding, done) {
      block.leave([String(line).trimEnd()]);
      done();
    },
  });
  const out = await openLogOutput('text', Object.assign(above, { isTTY: true }), process.env);
  let timer: NodeJS.Timeout | undefined;
  return {
    logger: createLogger({ name, level: parseLogLevel(options.logLevel), out }),
    show(status) {
      const draw = (): void => block.draw(renderStatus(status(), Date.now(), block.paint, block.columns));
      timer = setInterval(draw, refreshMs);
      timer.unref();
      draw();
    },
    end() {
      clearInterval(timer);
      block.end();
    },
  };
};
