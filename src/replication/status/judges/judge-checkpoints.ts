import type { ConditionVerdict } from '../../../api/conditions.ts';
import type { ResolvedTarget } from '../../../api/resolved-spec.ts';
import type { ConditionContext } from '../judge.ts';

/** How the last checkpoint went for which the application was asked to be still; nothing where nobody asks it. */
export const judgeCheckpoints = ({ spec, rows }: ConditionContext): ConditionVerdict[] => {
  if (spec.checkpoints === undefined) return [];
  const type = 'Consistent';
  // What keeps nothing of the past can't keep a checkpoint either.
  const keeping = new Set(spec.targets.flatMap((one) => (keepsPast(one) ? one.name : [])));
  if (keeping.size === 0)
    return [
      {
        type,
        status: 'False',
        reason: 'CheckpointMissed',
        message: 'no target keeps a history; write history: { keep: 24h }',
      },
    ];
  const tried = rows.flatMap(({ volume, target, view }) => {
    if (!keeping.has(target)) return [];
    const checkpoint = view?.report?.checkpoint;
    return checkpoint ? [{ where: `${volume} on ${target}`, ...checkpoint }] : [];
  });
  const missed = tried.find(({ trouble }) => trouble !== null);
  if (missed) {
    const { where, trouble, consistentAt } = missed;
    const last = consistentAt === null ? 'none was made before' : `the last one is of ${iso(consistentAt)}`;
    return [
      {
        type,
        status: 'False',
        reason: 'CheckpointMissed',
        message: `${where} has no consistent checkpoint: ${trouble}; ${last}`,
      },
    ];
  }
  if (tried.length === 0)
    return [
      {
        type,
        status: 'Unknown',
        reason: 'CheckpointAwaited',
        message: 'the application was not asked to be still yet',
      },
    ];
  const oldest = Math.min(...tried.map(({ consistentAt }) => consistentAt ?? 0));
  return [
    {
      type,
      status: 'True',
      reason: 'CheckpointMade',
      message: `the application was still for the checkpoint of ${iso(oldest)}`,
    },
  ];
};

/** Of an external target only its own receiver knows. */
const keepsPast = (target: ResolvedTarget): boolean =>
  target.kind === 'external' || (target.kind === 'managed' && target.history !== undefined);

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
