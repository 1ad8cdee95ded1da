import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import { Failure } from '../../process/failure.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';

/** Whose past is meant: a target, and which of its receivers. */
export interface Past {
  readonly target: string;
  readonly ordinal: number;
}

interface Choice {
  readonly target?: string | undefined;
  readonly volume?: string | undefined;
}

/** The only one there is, or the one that is named. @throws Failure `NoHistory`, `NoSuchVolume`; UsageFailure where there are several */
export const findPast = ({ metadata, spec, status }: SyncReplica, { target, volume }: Choice): Past => {
  const { name } = metadata;
  const kept = (spec.targets ?? []).filter((one) => one.history !== undefined).map((one) => one.name);
  if (kept.length === 0 || (target !== undefined && !kept.includes(target)))
    throw new Failure('NoHistory', `read the past of ${target ?? name}: it keeps no history`, {
      hint: 'write history: { keep: 24h } for the next time (spec.targets[].history)',
    });
  if (target === undefined && kept.length > 1)
    throw new UsageFailure(`history of ${name}: say which target by --target: ${kept.join(', ')}`);
  const volumes = status?.volumes ?? [];
  if (volume === undefined && volumes.length > 1)
    throw new UsageFailure(
      `history of ${name}: say which volume by --volume: ${volumes.map((one) => one.name).join(', ')}`,
    );
  const found = volumes.find((one) => volume === undefined || one.name === volume);
  if (volume !== undefined && !found)
    throw new Failure('NoSuchVolume', `read the past of volume ${volume}: ${name} has no such source volume`, {
      hint: `kubectl syncreplica status ${name} names them`,
    });
  return { target: target ?? kept[0] ?? '', ordinal: found?.ordinal ?? 0 };
};
