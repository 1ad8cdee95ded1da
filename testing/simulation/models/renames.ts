import type { RenameAnswer, RenameRequest } from '../../../sidecar/protocol/control.ts';
import { decodeName } from '../../../sidecar/protocol/verify.ts';
import { makeParents } from './copies.ts';
import type { ModelHistory } from './history/model-history.ts';
import { fingerprintOf } from './model-source.ts';
import type { Volume } from './volume.ts';

/** What a receiver makes of renames, in order, each on its own. */
export function renameAll(
  data: Volume,
  { renames }: Pick<RenameRequest, 'renames'>,
  history: ModelHistory | undefined,
): RenameAnswer {
  const results = renames.map(({ from, to, expect }) => {
    const [source, target] = [decodeName(from), decodeName(to)];
    const move = (): string | null => {
      if (data.get(source) !== undefined) makeParents(data, target);
      const done = data.rename(source, target);
      return done === 'ok' ? null : done;
    };
    const reason = history === undefined ? move() : history.rename(source, target, move);
    if (reason !== null) return { renamed: false, matches: false, reason };
    const found = expect === undefined ? undefined : fingerprintOf(data, target);
    return {
      renamed: true,
      matches: found?.type === expect?.type && found?.digest === expect?.digest && found != null,
    };
  });
  return { results };
}
