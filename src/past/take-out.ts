import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { HistoryClient } from '../../sidecar/protocol/connection/history-client.ts';
import { type Unpacked, unpackPast } from '../../sidecar/protocol/entries/unpack-past.ts';
import { formatCount } from '../terminal/format-figures.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { tellMoment } from './look-back.ts';
import { makeTar } from './past-as-tar.ts';
import { boundedWishOf, encodePath, type PastOptions } from './past-options.ts';
import { putBack } from './put-back.ts';
import { showPath } from './render-past.ts';

/**
 * Copies what was, to where who asks is: into a directory that is new, as a tar on standard output, or to where it was below a
 * directory that is there. Nothing changes at the target.
 */
export const takeOut = async (client: HistoryClient, options: PastOptions): Promise<void> => {
  const { to, into, path = [''] } = options;
  const place = to ?? into;
  if (place === undefined || (to !== undefined && into !== undefined))
    throw new UsageFailure('restore: give --to DIR for a directory that is new, --to - for a tar, or --into DIR');
  if (place === '-' && process.stdout.isTTY)
    throw new UsageFailure('restore --to -: standard output is a terminal', {
      hint: 'write a tar to a file or into a pipe: … --to - > found.tar',
    });
  const wish = boundedWishOf(options);
  const stream = await client.read({ ...wish, paths: path.map(encodePath) });
  const isTar = to === '-';
  const done = isTar
    ? await writeTar(stream)
    : to === undefined
      ? await putBack(stream, resolve(place))
      : await unpackPast(stream, resolve(place));
  // A tar alone belongs to standard output.
  const say = isTar ? console.error : console.log;
  tellMoment(wish, done, say);
  for (const { path: at, reason } of done.missing)
    console.error(`${showPath(at)}: not restored: ${reasons[reason] ?? reason}`);
  say(`${formatCount(done.entries)} entries are in ${isTar ? 'the tar' : resolve(place)}`);
  if (done.missing.length > 0) process.exitCode = 1;
};

const reasons: Readonly<Record<string, string>> = {
  NotKept: 'it could not be kept',
  NotThere: 'it was not there',
  Special: 'devices, sockets and pipes are not given back',
  DirectoryInTheWay: 'a directory is there now; move it away, and do this again',
};

const writeTar = async (stream: AsyncIterable<Buffer>): Promise<Unpacked> => {
  const tar = makeTar(stream);
  await pipeline(tar.bytes, process.stdout);
  return tar.done();
};
