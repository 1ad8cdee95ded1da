import type { Logger } from '../../../src/process/log/logger.ts';
import type { HistoryMoment, RollBackAnswer, RollBackRequest } from '../../protocol/past/history.ts';
import type { HistoryControl } from '../control/answer-history.ts';
import type { DeletionBins } from '../deletions/delete-paths.ts';
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
  readonly bins: DeletionBins;
  readonly logger: Logger;
}

interface RollBackRun {
  /** What was asked for, whoever asks again. */
  readonly wish: string;
  readonly answer: Promise<RollBackAnswer>;
}

/** Rolling back promotes the volume first: so its writers are refused, whatever happens, until it is a target again. */
export const makeHistoryControl = (parts: () => Parts): HistoryControl => {
  const open = (volume: string): { readonly history: History; readonly actions: HistoryActions } => {
    const { lease, health, bins, directory } = parts();
    lease.requireVolume(volume);
    health.require('read');
    const { history } = bins;
    if (history) return { history, actions: new HistoryActions(directory, { history, trash: bins.trash }) };
    throw new Refusal({
      code: 'BadRequest',
      message: 'look into history: this receiver keeps none',
      hint: 'set history on the target (spec.targets[].history; plain machines: syncreplica receiver --history-keep 24h)',
    });
  };
  let running: RollBackRun | undefined;
  const rollBack = async (
    volume: string,
    request: RollBackRequest,
    moment: HistoryMoment,
    actions: HistoryActions,
  ): Promise<RollBackAnswer> => {
    const { lease, logger } = parts();
    const { at, by, lineage = { id: `rolled-back:${new Date(at).toISOString()}` } } = request;
    await lease.promote(volume, { lineage, by });
    const to = { wished: at, moment: moment.at, isCheckpoint: moment.checkpoint !== null };
    await lease.noteRollBack({ ...to, changed: null, failed: 0 });
    const answer = await lease.withoutWriters(() => actions.rollBack(request));
    const { changed, failedCount } = answer;
    await lease.noteRollBack({ ...to, changed, failed: failedCount });
    logger.warn({ volume, by, to: new Date(moment.at), changed, failed: failedCount }, 'rolled back');
    return answer;
  };
  return {
    describe: (volume) => open(volume).actions.describe(parts().lease.promoted?.rolledBack !== undefined),
    log: (volume, request) => open(volume).actions.log(request),
    diff: (volume, request) => open(volume).actions.diff(request),
    read: (volume, request) => open(volume).actions.read(request),
    listBeside: (volume) => {
      parts().lease.requireVolume(volume);
      return parts().bins.beside.list();
    },
    makeBeside: (volume, { name, keepMs, ...request }) => {
      const { actions } = open(volume);
      parts().health.require();
      return parts().bins.beside.make(name, keepMs, (root) => actions.copy(request, root));
    },
    forgetBeside: (volume, { name }) => {
      parts().lease.requireVolume(volume);
      parts().health.require();
      parts().bins.beside.remove(name);
    },
    rollBack: async (volume, request) => {
      const { actions } = open(volume);
      parts().health.require();
      const { at, checkpoint, consistent = false } = request;
      const wish = JSON.stringify([at, checkpoint, consistent]);
      // Who asked for it and was cut off asks again.
      if (running?.wish === wish) return running.answer;
      if (running) throw new Refusal({ code: 'NotReady', message: 'roll back: another roll-back is under way' });
      // Asked first: a wish that can't be met must not stop replication.
      const run = actions.momentOf(request).then((moment) => rollBack(volume, request, moment, actions));
      running = { wish, answer: run };
      try {
        return await run;
      } finally {
        running = undefined;
      }
    },
    resume: async (volume, { by }) => {
      open(volume);
      const { lease, health, logger } = parts();
      health.require();
      if (lease.promoted?.rolledBack === undefined)
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
