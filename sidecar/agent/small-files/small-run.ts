import { errorMessage } from '../../../src/process/failure.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import type { SmallFilesRequest } from '../../protocol/small-files.ts';
import type { RelPath } from '../changes/change.ts';
import { reasonOf } from '../link/reason-of.ts';
import { decodeFileList, encodeFileList } from '../rsync/file-list.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import type { RunStats } from '../rsync/stats.ts';

/** How small files reach a target without rsync. */
export interface SmallWay {
  /** What is to be sent for all of these; undefined where one of them isn't small and plain. */
  read(paths: readonly RelPath[]): Promise<Omit<SmallFilesRequest, 'epoch'> | undefined>;
  /** @returns those that the target refused, for whatever reason @throws as a ControlClient does */
  send(paths: readonly RelPath[], request: Omit<SmallFilesRequest, 'epoch'>): Promise<readonly RelPath[]>;
}

/** A run that needs a process only for what can't go the small way. */
export const startSmallRun = (way: SmallWay, startProcess: () => Run): Run => {
  const finished = Promise.withResolvers<RunResult>();
  let process: Run | undefined;
  let isKilled = false;
  let isEnded = false;
  const feedProcess: Run['feed'] = (list, preserve) => {
    process = startProcess();
    if (isKilled) process.kill();
    return process.feed(list, preserve);
  };
  const work: Run['feed'] = async (list, preserve) => {
    const fedAt = performance.now();
    const paths = decodeFileList(list);
    const request = await way.read(paths);
    if (request === undefined) return feedProcess(list, preserve);
    try {
      const refused = await way.send(paths, request);
      if (refused.length > 0) return feedProcess(encodeFileList(refused), preserve);
      return resultOf(request, performance.now() - fedAt);
    } catch (error) {
      // An answer says that nothing of it is under way any more, and rsync finds out why it can't be.
      if (error instanceof ControlFailure) return feedProcess(list, preserve);
      // Without one it may still be written, and must not come after something newer: only another epoch ends it.
      return {
        ...nothingDone,
        reason: reasonOf(error),
        message: errorMessage(error),
        durationMs: performance.now() - fedAt,
      };
    }
  };
  return {
    finished: finished.promise,
    get ended() {
      return isEnded;
    },
    feed: (list, preserve) => {
      void work(list, preserve).then(finished.resolve, finished.reject);
      return finished.promise.finally(() => {
        isEnded = true;
      });
    },
    holdOutput: (hold) => process?.holdOutput(hold),
    kill: () => {
      isKilled = true;
      process?.kill();
    },
  };
};

const noStats: RunStats = {
  files: 0,
  directories: 0,
  created: 0,
  deleted: 0,
  transferred: 0,
  transferredBytes: 0,
  literalBytes: 0,
  matchedBytes: 0,
};

const nothingDone: RunResult = {
  outcome: 'again',
  code: null,
  reason: undefined,
  message: '',
  complaints: [],
  complaintsCut: false,
  stats: noStats,
  traffic: { sent: 0, received: 0 },
  durationMs: 0,
};

const resultOf = ({ files }: Omit<SmallFilesRequest, 'epoch'>, durationMs: number): RunResult => {
  let sent = 0;
  let bytes = 0;
  for (const { path, content } of files) {
    sent += path.length + content.length;
    bytes += Buffer.byteLength(content, 'base64url');
  }
  const count = files.length;
  const stats = { ...noStats, files: count, transferred: count, transferredBytes: bytes, literalBytes: bytes };
  return { ...nothingDone, outcome: 'ok', stats, traffic: { sent, received: 0 }, durationMs };
};
