import { setTimeout as sleep } from 'node:timers/promises';
import { ports } from '../api/names.ts';
import { Failure } from '../process/failure.ts';
import { type LiveBlock, makeLiveBlock } from '../terminal/terminal.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { formatYaml } from '../terminal/yaml.ts';
import { fetchStatus } from './fetch-status.ts';
import { allInSync, renderStatus } from './render-status.ts';

const formats = ['table', 'json', 'yaml'] as const;
type Format = (typeof formats)[number];

const refreshMs = 500;

const show = async (url: string, format: Format, block: LiveBlock): Promise<boolean> => {
  const status = await fetchStatus(url);
  if (format === 'json') console.log(JSON.stringify(status, null, 2));
  else if (format === 'yaml') console.log(formatYaml(status).trimEnd());
  else block.draw(renderStatus(status, Date.now(), block.paint, block.columns));
  return allInSync(status);
};

/** `syncreplica status`: once (exit code 1 when a replica is not in sync), or live until it is interrupted. */
export const statusCommand = async (options: {
  readonly url?: string;
  readonly watch?: boolean;
  readonly output?: string;
}): Promise<void> => {
  const format = formats.find((name) => name === (options.output ?? 'table'));
  if (!format) throw new UsageFailure(`--output ${options.output}: write table, json or yaml`);
  const given = options.url ?? `http://127.0.0.1:${ports.agentMetrics}`;
  const url = given.includes('://') ? given : `http://${given}`;
  if (!URL.canParse(url))
    throw new UsageFailure(`--url ${given}: this is no URL; write for example http://127.0.0.1:18730`);
  const block = makeLiveBlock(process.stdout, process.env.NO_COLOR !== undefined);
  if (!options.watch) {
    process.exitCode = (await show(url, format, block)) ? 0 : 1;
    return;
  }
  for (;;) {
    try {
      await show(url, format, block);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      block.draw([block.paint('red', error.message), `  ${error.hint}`]);
    }
    await sleep(refreshMs);
  }
};
