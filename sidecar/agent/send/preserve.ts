import type { ControlClient } from '../../protocol/control-client.ts';
import type { RelPath } from '../changes/change.ts';

/** Has the target keep what a run is about to replace; resolves once it is kept. */
export type Preserve = (paths: readonly RelPath[], directories: ReadonlySet<RelPath>) => Promise<void>;

/** Undefined where the target has no history. */
export const createPreserve = (link: {
  readonly control: ControlClient | undefined;
  readonly epoch: number;
  readonly hasHistory: boolean;
}): Preserve | undefined => {
  const { control, epoch, hasHistory } = link;
  if (control === undefined || !hasHistory) return undefined;
  return async (paths, directories) => {
    await control.preserve({
      epoch,
      paths: paths.map((path) => Buffer.from(path, 'latin1').toString('base64url')),
      directories: paths.flatMap((path, index) => (directories.has(path) ? [index] : [])),
    });
  };
};
