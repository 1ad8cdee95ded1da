import { readFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentHandle } from '../../../sidecar/agent/main.ts';
import { dataDirectory } from '../../../sidecar/protocol/receiver-layout.ts';
import { type RelaySettings, relaySettingsOf } from '../../api/settings/relay-settings.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import { parseReplicationSettings } from '../../api/settings/settings-schema.ts';
import { errorMessage } from '../../process/failure.ts';
import type { Logger } from '../../process/log/logger.ts';

const lookEveryMs = 2_000;

/**
 * Copies on what a receiver of this process has in `directory`, to those whom `file` says, and follows it. Nothing is started
 * while there are none: most readers feed nobody, and an agent costs memory.
 */
export const relayOn = (options: {
  readonly file: string;
  readonly ordinal: number | undefined;
  readonly directory: string;
  readonly logger: Logger;
}): void => {
  const { file, ordinal, directory, logger } = options;
  /** What was taken up; what failed at something else than its words may not fail again. */
  let seen = '';
  let trouble = '';
  let generation = 0;
  let agent: AgentHandle | undefined;
  const look = async (): Promise<void> => {
    const text = readFileSync(file, 'utf8');
    if (text === seen) return;
    generation += 1;
    const place = { source: join(directory, dataDirectory), generation };
    const settings = relaySettingsOf(JSON.parse(text) as RelaySettings, ordinal, place);
    const parsed = parseReplicationSettings(JSON.stringify(settings));
    if (!parsed.ok) throw new Error(parsed.problems.map(({ field, message }) => `${field}: ${message}`).join('; '));
    if (agent !== undefined) await agent.update(parsed.settings);
    else if (settings.targets.length > 0) {
      agent = await startAgent(parsed.settings, logger);
      logger.info({ readers: settings.targets.length }, 'relay started');
    }
    seen = text;
    trouble = '';
  };
  let looking = Promise.resolve();
  const lookAgain = (): void => {
    looking = looking.then(look).catch((error: unknown) => {
      // A Secret is replaced as a whole: what is spoilt is somebody's edit, and the former settings go on.
      const reason = errorMessage(error);
      if (reason !== trouble) logger.error({ file, reason }, 'whom to feed could not be taken up');
      trouble = reason;
    });
  };
  lookAgain();
  setInterval(lookAgain, lookEveryMs).unref();
};

const startAgent = async (settings: ReplicationSettings, logger: Logger): Promise<AgentHandle> => {
  const { runAgent } = await import('../../../sidecar/agent/main.ts');
  const holder = `relay:${hostname()}`;
  return runAgent({ settings, holder, stateDir: join(tmpdir(), 'syncreplica-relay'), logger });
};
