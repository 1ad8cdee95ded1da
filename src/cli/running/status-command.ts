import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { ReceiverStatus } from '../../../sidecar/receiver/told/receiver-status.ts';
import { ports } from '../../api/names.ts';
import { Failure } from '../../process/failure.ts';
import { type LiveBlock, makeLiveBlock } from '../../terminal/terminal.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { formatYaml } from '../../terminal/yaml.ts';
import { fetchStatus } from './fetch-status.ts';
import { findAgents } from './find-agents.ts';
import { isFresh, renderReceiver } from './render-receiver.ts';
import { allInSync, renderStatus } from './render-status.ts';

const formats = ['table', 'json', 'yaml'] as const;
type Format = (typeof formats)[number];
type Status = AgentStatus | ReceiverStatus;

const refreshMs = 500;

/** By its address, else all of this machine that this user may ask, else the one at the usual address. */
const fetchAll = async (url: string | undefined): Promise<Status[]> => {
  const { agents, silent } = url === undefined ? await findAgents(process.env) : { agents: [], silent: [] };
  // Nothing is said of all while it is not known of one.
  if (silent[0] !== undefined) throw silent[0];
  if (agents.length > 0) return agents.map(({ status }) => status);
  return [await fetchStatus(url ?? `http://127.0.0.1:${ports.agentMetrics}`)];
};

const show = async (url: string | undefined, format: Format, block: LiveBlock): Promise<boolean> => {
  const all = await fetchAll(url);
  const plain = all.length === 1 ? all[0] : all;
  if (format === 'json') console.log(JSON.stringify(plain, null, 2));
  else if (format === 'yaml') console.log(formatYaml(plain).trimEnd());
  else block.draw(all.flatMap((status) => render(status, block)));
  return all.every((status) => (isAgent(status) ? allInSync(status) : isFresh(status, Date.now())));
};

const isAgent = (status: Status): status is AgentStatus => 'replicas' in status;

const render = (status: Status, { paint, columns }: LiveBlock): string[] =>
  isAgent(status) ? renderStatus(status, Date.now(), paint, columns) : renderReceiver(status, Date.now(), paint);

/** `syncreplica status`: once (exit code 1 when a replica is not in sync, or a receiver's not fresh), or live until it is interrupted. */
export const statusCommand = async (options: {
  readonly url?: string;
  readonly watch?: boolean;
  readonly output?: string;
}): Promise<void> => {
  const format = formats.find((name) => name === (options.output ?? 'table'));
  if (!format) throw new UsageFailure(`--output ${options.output}: write table, json or yaml`);
  const given = options.url;
  const url = given === undefined || given.includes('://') ? given : `http://${given}`;
  if (url !== undefined && !URL.canParse(url))
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
