import { Failure } from '../../../src/process/failure.ts';
import type { PastHead } from '../past/history.ts';

/** What runs as another user is not given back as such. */
export const plainMode = 0o777;

/** A path as a binary string. */
export const decodePath = (coded: string): string => Buffer.from(coded, 'base64url').toString('latin1');

/** The names on the way to a path, binary strings; none for the root. @throws Failure `BadPath` for what leads elsewhere */
export const namesOf = (coded: string): string[] => {
  const path = decodePath(coded);
  if (path === '') return [];
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0')))
    throw new Failure('BadPath', 'restore: the receiver named a path outside of the directory');
  return names;
};

const longestLine = 1024 * 1024;

export type Piece =
  | { readonly head: PastHead; readonly bytes?: undefined }
  | { readonly head?: undefined; readonly bytes: Buffer };

/** What `history-read` answers: heads, and the bytes of files as they come. @throws Failure `CutShort` */
export async function* readPieces(stream: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let rest: Buffer = Buffer.alloc(0);
  let left = 0;
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length > 0) {
      if (left > 0) {
        const bytes = rest.subarray(0, left);
        left -= bytes.length;
        rest = rest.subarray(bytes.length);
        yield { bytes };
        continue;
      }
      const end = rest.indexOf(10);
      if (end < 0) {
        if (rest.length > longestLine) throw new Failure('CutShort', 'restore: the answer makes no sense');
        break;
      }
      const head = JSON.parse(rest.toString('latin1', 0, end)) as PastHead;
      rest = rest.subarray(end + 1);
      if (head.kind === 'file') left = head.size;
      yield { head };
    }
  }
}
