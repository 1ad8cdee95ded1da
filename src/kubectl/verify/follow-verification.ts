import { setTimeout as sleep } from 'node:timers/promises';
import { makeLiveBlock } from '../../terminal/terminal.ts';
import { describeOutcome, describeProgress, type VerifiedReplica } from './describe-verification.ts';

const lookEveryMs = 500;
/** What was found last may be on its way to be mended. */
const mendingLooks = 20;

/**
 * Shows how far a verification is until each replica has answered it, and what came out of it.
 * @returns whether all was compared and nothing found to differ
 */
export const followVerification = async (options: {
  readonly before: readonly VerifiedReplica[];
  readonly look: () => Promise<readonly VerifiedReplica[]>;
  readonly isAnswered: (replica: VerifiedReplica) => boolean;
  readonly out?: typeof process.stdout;
}): Promise<boolean> => {
  const { before, look, isAnswered, out = process.stdout } = options;
  const block = makeLiveBlock(out, process.env.NO_COLOR !== undefined);
  let now = await look();
  for (let mending = 0; ; now = await look()) {
    const open = now.filter((replica) => !isAnswered(replica));
    if (open.length === 0 && (mending >= mendingLooks || now.every(({ differences }) => differences === 0))) break;
    if (open.length === 0) mending += 1;
    if (open.length > 0) block.draw(open.map(describeProgress));
    await sleep(lookEveryMs);
  }
  const outcomes = now.map((after) =>
    describeOutcome(
      before.find(({ name }) => name === after.name),
      after,
    ),
  );
  const gone = before.filter(({ name }) => !now.some((replica) => replica.name === name));
  const notCompared = [
    ...gone.map(({ name }) => `${name}: not compared: it is not there any more`),
    ...(now.length + gone.length === 0 ? ['nothing was compared: there is no replica yet'] : []),
  ];
  block.leave([...outcomes.flatMap(({ lines }) => lines), ...notCompared]);
  block.end();
  return notCompared.length === 0 && outcomes.every(({ isClean }) => isClean);
};
