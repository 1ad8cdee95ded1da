import type { HistoryClient } from '../../sidecar/protocol/connection/history-client.ts';
import { longestBesideMs, type TreeBeside } from '../../sidecar/protocol/past/beside.ts';
import { parseDuration } from '../api/units/duration.ts';
import { formatBytes, formatCount } from '../terminal/format-figures.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { boundedWishOf, encodePath, type PastOptions } from './past-options.ts';
import { renderMoment, showPath, showTime } from './render-past.ts';

/** Where a path below a volume's directory is, for whoever asks, and how it is mounted, in lines. */
export type SayWhere = (path: string, madeOf: TreeBeside['madeOf']) => string[];

const defaultKeep = '24h';

/** Has a tree made of what was, beside the replica: it costs a link a file and no bytes. */
export const standBeside = async (client: HistoryClient, options: PastOptions, where: SayWhere): Promise<void> => {
  const { beside = '', path = [''], keep = defaultKeep } = options;
  const keepMs = parseDuration(keep);
  if (keepMs === undefined || keepMs > longestBesideMs)
    throw new UsageFailure(`--keep ${keep}: write a duration such as 24h, of 30 days at most`);
  const wish = boundedWishOf(options);
  const tree = await client.makeBeside({ ...wish, name: beside, paths: path.map(encodePath), keepMs });
  console.log(renderMoment(tree.moment, wish.at, tree.missed));
  for (const { path: at, reason } of tree.missing)
    console.error(`${showPath(Buffer.from(at, 'base64url').toString('latin1'))}: is not in it: ${reason}`);
  if (tree.copiedBytes > 0)
    console.log(`${formatBytes(tree.copiedBytes)} were copied: of files whose attributes differ now`);
  console.log(`kept until ${showTime(tree.until)}, or until room is short; history forget ${tree.name} lets it go`);
  if (tree.madeOf === 'links')
    console.log('it is made of links: read it, and never write to it, for that would change the replica or its past');
  for (const line of where(tree.path, tree.madeOf)) console.log(line);
  if (tree.missingCount > 0) process.exitCode = 1;
};

/** All there are. */
export const showBeside = async (client: HistoryClient): Promise<void> => {
  const trees = await client.listBeside();
  for (const { name, moment, madeOf, until, path } of trees)
    console.log(`${name}  of ${showTime(moment.at)}  ${madeOf}  until ${showTime(until)}  ${path}`);
  console.log(`${formatCount(trees.length)} in all`);
};

export const forgetBeside = async (client: HistoryClient, name: string | undefined): Promise<void> => {
  if (name === undefined) throw new UsageFailure('forget: name the tree; history beside shows them');
  await client.forgetBeside({ name });
  console.log(`${name} is let go`);
};
