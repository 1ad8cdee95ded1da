import { isDeepStrictEqual } from 'node:util';
import type { ReceiverTarget, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { errorMessage } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import { type AgentStatus, signOfLifeMs } from '../../protocol/agent-status.ts';
import { type ControlClient, createControlClient } from '../../protocol/connection/control-client.ts';

export interface ReportSource {
  targets(): readonly TargetSettings[];
  status(): AgentStatus;
}

export interface HandedReports {
  /** Once more, now: what it is at the end. */
  last(): Promise<void>;
  close(): void;
}

/** At a change at most so often, ms. */
const changeMs = 1_000;
const timeoutMs = 5_000;

/**
 * Hands the agent's whole status to every receiver that it writes to, where the operator asks for it: nothing in the
 * application's pod needs to be reachable. One that doesn't take it costs nothing: it is tried again with the next.
 */
export const handReports = (source: ReportSource, logger: Logger): HandedReports => {
  const clients = new Map<string, { readonly target: ReceiverTarget; readonly client: ControlClient; busy: boolean }>();
  let handed: AgentStatus | undefined;
  let handedAt = -Infinity;
  const follow = (): void => {
    const wanted = source.targets().filter((target) => target.kind === 'receiver');
    for (const [name, { target, client }] of clients) {
      if (wanted.some((one) => isDeepStrictEqual(one, target))) continue;
      client.close();
      clients.delete(name);
    }
    for (const target of wanted) {
      if (clients.has(target.name)) continue;
      const user = { username: target.username, password: target.password };
      clients.set(target.name, { target, client: createControlClient({ ...target, user, timeoutMs }), busy: false });
    }
  };
  const hand = async (): Promise<void> => {
    follow();
    handed = source.status();
    handedAt = performance.now();
    const status = handed;
    const tries = [...clients.values()].filter(({ busy }) => !busy);
    await Promise.all(
      tries.map(async (one) => {
        one.busy = true;
        try {
          await one.client.report({ ...status, handedTo: one.target.name });
        } catch (error) {
          logger.debug({ target: one.target.name, reason: errorMessage(error) }, 'status not handed over');
        } finally {
          one.busy = false;
        }
      }),
    );
  };
  const timer = setInterval(() => {
    const isQuiet = performance.now() - handedAt < signOfLifeMs;
    if (!isQuiet || !isDeepStrictEqual(source.status(), handed)) void hand();
  }, changeMs);
  timer.unref();
  return {
    async last() {
      clearInterval(timer);
      for (const one of clients.values()) one.busy = false;
      await hand();
    },
    close() {
      clearInterval(timer);
      for (const { client } of clients.values()) client.close();
    },
  };
};
