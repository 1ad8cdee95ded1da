import type { Logger } from '../../../src/process/logger.ts';
import type { HistoryControl } from '../control/answer-history.ts';
import type { VolumeLease } from '../lease/volume-lease.ts';
import { Refusal } from '../refusal.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import type { VolumeHealth } from '../volume/volume-health.ts';
import type { History } from './history.ts';
import { HistoryActions } from './history-actions.ts';

interface Parts {
  readonly directory: VolumeDirectory;
  readonly lease: VolumeLease;
  readonly health: VolumeHealth;
  readonly bins: { readonly history?: History | undefined };
  readonly logger: Logger;
}

/** Whose data a volume holds that was rolled back: nobody's, until it is resumed or adopted. */
const rolledBackPrefix = 'rolled-back:';

/** Rolling back promotes the volume first: so its writers are refused, whatever happens, until it is a target again. */
export const makeHistoryControl = (parts: () => Parts): HistoryControl => {
  const open = (volume: string): { readonly history: History; readonly actions: HistoryActions } => {
    const { lease, health, bins, directory } = parts();
    lease.requireVolume(volume);
    health.require('read');
    const { history } = bins;
    if (history) return { history, actions: new HistoryActions(directory, history) };
    throw new Refusal({
      code: 'BadRequest',
      message: 'look into history: this receiver keeps none',
      hint: 'set history on the target (spec.targets[].history; plain machines: syncreplica receiver --history-keep 24h)',
    });
  };
  const isRolledBack = (): boolean => {
    const { lease } = parts();
    return lease.promoted !== null && (lease.lineage?.id.startsWith(rolledBackPrefix) ?? false);
  };
  return {
    describe: (volume) => open(volume).actions.describe(isRolledBack()),
    log: (volume, request) => open(volume).actions.log(request),
    diff: (volume, request) => open(volume).actions.diff(request),
    read: (volume, request) => open(volume).actions.read(request),
    rollBack: async (volume, request) => {
      const { actions } = open(volume);
      const { lease, health, logger } = parts();
      health.require();
      const { at, by } = request;
      // Asked first: a wish that can't be met must not stop replication.
      await actions.require(request);
      await lease.promote(volume, { lineage: { id: `${rolledBackPrefix}${new Date(at).toISOString()}` }, by });
      const answer = await actions.rollBack(request);
      const { moment, changed, failedCount } = answer;
      logger.warn({ volume, by, to: new Date(moment.at), changed, failed: failedCount }, 'rolled back');
      return answer;
    },
    resume: async (volume, { by }) => {
      open(volume);
      const { lease, health, logger } = parts();
      health.require();
      if (!isRolledBack())
        throw new Refusal({
          code: 'BadRequest',
          message: 'resume replication: the volume was not rolled back',
          hint: 'a volume that was promoted is demoted where it was promoted',
        });
      await lease.demote(volume, { by });
      logger.warn({ volume, by }, 'resumed: the source replaces what was rolled back');
    },
  };
};
