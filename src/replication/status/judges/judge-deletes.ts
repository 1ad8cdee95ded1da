import { annotations } from '../../../api/names.ts';
import type { Judge } from '../judge.ts';

/**
 * Deletions that wait for a person; where none do, those that were made and can be put back. What was held is so until somebody who
 * would know it says otherwise: an agent that has just begun does once it has compared all.
 */
export const judgeDeletes: Judge = ({ observed, rows }) => {
  const { namespace, name } = observed.replica.metadata;
  const say = (annotation: string, id: string): string =>
    `kubectl annotate srep ${name} -n ${namespace} ${annotation}=${id} --overwrite`;
  for (const { volume, target, view } of rows) {
    const held = view?.report?.heldDeletes;
    if (!held) continue;
    return {
      type: 'DeletesHeld',
      status: 'True',
      reason: 'GuardHeld',
      message: `${held.count} deletions of ${volume} on ${target} are held with the id ${held.id} (${because[held.reason]}); to let them go on: ${say(annotations.releaseDeletes, held.id)}`,
    };
  }
  const before = observed.replica.status?.conditions?.find(({ type }) => type === 'DeletesHeld');
  const unheard = rows.find(
    ({ volume, target, state, view }) =>
      view !== undefined &&
      view.report?.initialPassDone !== true &&
      state !== 'Promoted' &&
      before?.message.includes(` deletions of ${volume} on ${target} are held `),
  );
  if (before?.status === 'True' && unheard)
    return { type: 'DeletesHeld', status: 'True', reason: 'GuardHeld', message: before.message };
  for (const { volume, target, view } of rows) {
    const kept = view?.report?.keptDeletes?.at(-1);
    if (!kept) continue;
    const until = new Date(kept.until).toISOString();
    return {
      type: 'DeletesHeld',
      status: 'False',
      reason: 'DeletesKept',
      message: `no deletion is held; what a mass of deletions of ${volume} took from ${target} (topmost paths: ${kept.count}) is kept with the id ${kept.id} until ${until}; to put it back there: ${say(annotations.undelete, kept.id)}`,
    };
  }
  return { type: 'DeletesHeld', status: 'False', reason: 'NothingHeld', message: 'no deletion is held' };
};

const because = {
  TooMany: 'more than the guard allows',
  SourceEmpty: 'the source became empty',
  SourceReplaced: 'the source was replaced',
  Undeleted: 'they were put back on request and are not at the source',
} as const;
