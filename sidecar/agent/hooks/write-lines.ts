import { errorMessage } from '../../../src/process/failure.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import type { HookLinesRequest } from '../../protocol/hook-file.ts';
import type { Link } from '../link/link.ts';
import type { CallResult } from './judge-call.ts';

const tooOld = 'its receiver does not know files of hooks; upgrade it to the version of the agent';

/** Adds lines to the file of a hook at the target, durably. */
export const writeLines = async (
  link: Pick<Link, 'control' | 'epoch'> | undefined,
  request: Omit<HookLinesRequest, 'epoch'>,
): Promise<CallResult> => {
  if (link === undefined) return { kind: 'failed', message: 'the target is not connected' };
  const { control, epoch } = link;
  if (control === undefined) return { kind: 'failed', message: 'a plain rsync daemon keeps no file of a hook' };
  try {
    await control.appendHookLines({ ...request, epoch });
    return { kind: 'written' };
  } catch (error) {
    const isUnknown = error instanceof ControlFailure && /there is no such request$/.test(error.answer.message);
    return { kind: 'failed', message: isUnknown ? tooOld : errorMessage(error) };
  }
};
