import { escapeName } from '../../../../sidecar/agent/rsync/itemize.ts';
import type { FileInode } from '../inode.ts';
import type { ListEntry } from './file-list.ts';
import { errnoOf, senderComplaint, targetComplaint } from './messages.ts';
import { partialKey } from './partial-store.ts';
import type { PushContext, Side } from './push.ts';

export interface FileOutcome {
  readonly kind: 'sent' | 'passed-over' | 'vanished' | 'failed' | 'full';
  readonly complaints: readonly string[];
  /** Bytes. */
  readonly literal: number;
  readonly matched: number;
  /** How often its content was sent. */
  readonly transferred: number;
}

/** Sends one file; one that did not arrive whole is sent once more. */
export function* transferFile(entry: ListEntry, context: PushContext): Generator<Side, FileOutcome> {
  const transfer = new Transfer(entry, context);
  let kind = yield* transfer.attempt(context.options.append);
  if (kind === 'again') kind = yield* transfer.attempt(false);
  return kind === 'again' ? transfer.giveUp() : transfer.end(kind);
}

type Tried = FileOutcome['kind'] | 'again';

/**
 * Open, read piece by piece, temporary file, attributes as they were in the list, rename. What is read is what the file
 * holds at that moment, up to the size that it had when it was opened.
 */
class Transfer {
  readonly #entry: ListEntry;
  readonly #context: PushContext;
  readonly #complaints: string[] = [];
  #literal = 0;
  #matched = 0;
  #transferred = 0;

  constructor(entry: ListEntry, context: PushContext) {
    this.#entry = entry;
    this.#context = context;
  }

  end(kind: FileOutcome['kind']): FileOutcome {
    const complaints = this.#complaints;
    return { kind, complaints, literal: this.#literal, matched: this.#matched, transferred: this.#transferred };
  }

  giveUp(): FileOutcome {
    this.#complaints.push(`ERROR: ${escapeName(this.#entry.path)} failed verification -- update discarded.`);
    return this.end('failed');
  }

  *attempt(append: boolean): Generator<Side, Tried> {
    const { source, target } = this.#context;
    const { path } = this.#entry;
    yield 'sender';
    this.#transferred += 1;
    const inode = source.get(path);
    if (inode === undefined) return this.#cannotOpen(2, 'vanished');
    if (inode.type === 'directory') return this.#cannotOpen(21, 'failed');
    if (inode.type !== 'file') return this.#cannotOpen(40, 'failed');
    if (inode.unreadable !== undefined) return this.#cannotOpen(inode.unreadable, 'failed');
    const there = target.get(path);
    if (append && there?.type === 'file') return yield* this.#append(inode, there);
    return yield* this.#replace(inode, there?.type === 'file' ? there : undefined);
  }

  /** With a temporary file, or in the partial file that a broken run has left under this name. */
  *#replace(inode: FileInode, basis: FileInode | undefined): Generator<Side, Tried> {
    const { target, partials, options, now } = this.#context;
    const { path, mode, mtime, xattrs } = this.#entry;
    const key = options.partialDirectory === undefined ? undefined : partialKey(options.partialDirectory, path);
    const received = (key === undefined ? undefined : partials.get(key)) ?? [];
    const known = new Set([...(basis?.pieces ?? []), ...received]);
    const length = inode.pieces.length;
    let isWhole = false;
    try {
      for (let at = 0; at < length; at += 1) {
        yield 'sender';
        const piece = inode.pieces[at];
        if (piece === undefined || inode.unreadable !== undefined) return this.#cannotRead(inode.unreadable ?? 61);
        if (known.has(piece)) this.#matched += inode.pieceBytes;
        else this.#literal += inode.pieceBytes;
        if (target.readOnly) return this.#refused('mkstemp', 30);
        if (!target.hasRoom(inode.pieceBytes * (at + 1))) return this.#refused('write failed on', 28);
        received[at] = piece;
      }
      received.length = length;
      isWhole = true;
      yield 'finish';
      const done = target.receive(path, {
        pieces: [...received],
        pieceBytes: inode.pieceBytes,
        mode: options.perms ? mode : (basis?.mode ?? 0o644),
        xattrs: options.xattrs ? xattrs : undefined,
        mtime: options.times ? mtime : now(),
      });
      return done === 'ok' ? 'sent' : this.#refused('rename', errnoOf[done] ?? 5);
    } finally {
      if (key !== undefined && isWhole) partials.remove(key);
      else if (key !== undefined && received.length > 0) partials.keep(key, received);
    }
  }

  /** In place: what is there is compared, the rest is put behind it; a start that differs has the file sent as a whole. */
  *#append(inode: FileInode, there: FileInode): Generator<Side, Tried> {
    const { target, options } = this.#context;
    const { path, mtime, mode, xattrs } = this.#entry;
    const length = inode.pieces.length;
    const start = there.pieces.length;
    if (start >= length) {
      this.#transferred = 0;
      return 'passed-over';
    }
    let isSame = true;
    there.isAppendedTo = true;
    for (let at = 0; at < length; at += 1) {
      yield 'sender';
      const piece = inode.pieces[at];
      if (piece === undefined) return this.#cannotRead(61);
      const open = target.open(path);
      if (at < start) isSame &&= there.pieces[at] === piece;
      else if (open?.inode === there) {
        const done = target.write(open, at, piece);
        if (done !== 'ok') return this.#refused('write failed on', errnoOf[done] ?? 5);
        this.#literal += inode.pieceBytes;
      }
    }
    yield 'finish';
    if (!isSame) return 'again';
    there.isAppendedTo = false;
    if (target.get(path) !== there) return 'sent';
    if (options.times) target.utimes(path, mtime);
    if (options.perms && there.mode !== mode) target.chmod(path, mode);
    if (options.xattrs && there.xattrs !== xattrs) target.setXattrs(path, xattrs);
    return 'sent';
  }

  #cannotOpen(errno: number, kind: 'vanished' | 'failed'): Tried {
    const { places } = this.#context;
    const call = errno === 21 ? 'read errors mapping' : 'send_files failed to open';
    this.#complaints.push(senderComplaint(places, call, this.#entry.path, errno));
    return errno === 21 ? 'again' : kind;
  }

  #cannotRead(errno: number): Tried {
    const { source } = this.#context.places;
    const why = errno === 61 ? 'No data available' : 'Input/output error';
    const name = `${source}/${escapeName(this.#entry.path)}`;
    this.#complaints.push(`rsync: [sender] read errors mapping "${name}": ${why} (${errno})`);
    return 'again';
  }

  #refused(call: string, errno: number): Tried {
    this.#complaints.push(targetComplaint(this.#context.places, 'receiver', call, this.#entry.path, errno));
    return errno === 28 ? 'full' : 'failed';
  }
}
