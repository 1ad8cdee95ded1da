import { ControlFailure } from '../../sidecar/protocol/connection/control-connection.ts';
import type { LeaseAnswer, LeaseRequest } from '../../sidecar/protocol/control.ts';
import { type Disk, stampAll } from './disk.ts';
import type { ReceiverUnderTest } from './receiver-under-test.ts';

/** One thing that a receiver does, which the data plane relies on. What `run` answers is the same of the real one and of the model. */
export interface ReceiverCase {
  readonly name: string;
  readonly run: (receiver: ReceiverUnderTest) => Promise<unknown>;
  readonly expected: unknown;
}

export const asking = (more: Partial<LeaseRequest> = {}): LeaseRequest => ({
  ...{ holder: 'a', epoch: 0, controllerEpoch: 0, takeOver: false },
  ...more,
});

type Told = readonly [epoch: number, continues: boolean | undefined, lineage: string | null];

/** The epoch, whether nobody wrote between, and whose data it is; or the word of the refusal. */
export const take = (receiver: ReceiverUnderTest, more?: Partial<LeaseRequest>): Promise<Told | string> =>
  orWord(receiver.takeLease(asking(more)).then(({ epoch, continues, lineage }): Told => [epoch, continues, lineage]));

export async function orWord<T>(answer: Promise<T>): Promise<T | string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ControlFailure) return error.code;
    throw error;
  }
}

export const coded = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');

export const rename = async (
  receiver: ReceiverUnderTest,
  from: string,
  to: string,
  expected?: string,
): Promise<string> => {
  const expect = expected === undefined ? undefined : ((await receiver.fingerprint(expected)) ?? undefined);
  const hint = { from: coded(from), to: coded(to), ...(expect === undefined ? {} : { expect }) };
  const { results } = await receiver.rename({ epoch: 1, renames: [hint] });
  return results.map(({ renamed, matches }) => (renamed ? (matches ? 'matches' : 'renamed') : 'not')).join();
};

export const remove = async (receiver: ReceiverUnderTest, ...paths: readonly string[]): Promise<boolean[]> => {
  const { results } = await receiver.delete({ epoch: 1, paths: paths.map(coded) });
  return results.map(({ deleted }) => deleted);
};

export const life = ({ bootId, instance }: Pick<LeaseAnswer, 'bootId' | 'instance'>): readonly [string, string] => [
  bootId,
  instance,
];

/** Something of each kind. */
export const fillDisk = (disk: Disk): void => {
  disk.directory('d');
  disk.file('d/f', ['one']);
  disk.directory('d/e');
  disk.file('d/e/g', ['two', 'three']);
  disk.directory('empty');
  disk.file('file', ['four']);
  disk.symlink('d', 'link');
};

/** A replica with a writer, whose epoch is 1. */
export const begin = async (receiver: ReceiverUnderTest): Promise<void> => {
  await receiver.takeLease(asking());
  fillDisk(receiver.disk);
  stampAll(receiver.disk);
};

export const position = (sequence: number, epoch = 1) => ({ epoch, sequence });
