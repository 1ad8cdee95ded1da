import type { Inode, OpenFile } from '../models/inode.ts';
import type { Network } from '../models/network.ts';
import { removeDown } from '../models/rsync/target-side.ts';
import { Volume } from '../models/volume.ts';
import type { World } from '../world/world.ts';
import type { Step, StepKind } from './step.ts';

/** Few names, so that histories meet. */
const paths = ['a', 'b', 'c', 'd', 'a/a', 'a/b', 'b/a', 'b/c', 'a/b/a', 'a/b/c', 'b/c/a', 'd/a'];
const pathOf = (number: number): string => paths[number % paths.length] as string;
const bigPieceBytes = 4 * 1024 * 1024;
const bigPaths = ['a/a', 'b/a', 'd/a'];

/** Faults last so long, ms. */
const lastingMs = (number: number): number => [50, 900, 6_000, 20_000][number % 4] as number;

const acts: Readonly<Record<StepKind, (world: World, step: Step) => void | Promise<void>>> = {
  wait: () => {},
  write: (world, { a, b }) => writePiece(world, pathOf(a), b % 3),
  rewriteQuietly: (world, { a }) => rewriteQuietly(world, pathOf(a)),
  grow(world, { a, b }) {
    const open = openToWrite(world, pathOf(a));
    if (open === undefined) return;
    const go = (left: number): void => {
      if (left === 0) {
        world.source.close(open);
        return;
      }
      write(world, open, open.inode.pieces.length);
      world.later(b % 40, () => go(left - 1));
    };
    go(1 + (b % 4));
  },
  truncate(world, { a, b }) {
    const open = world.source.open(pathOf(a));
    if (open !== undefined) world.source.truncate(open, b % 2);
  },
  remove: (world, { a }) => void removeDown(world.source, pathOf(a)),
  removeAll(world) {
    for (const name of [...(world.source.directory('')?.children.keys() ?? [])]) removeDown(world.source, name);
  },
  mkdir: (world, { a }) => void world.source.mkdir(pathOf(a)),
  rename: (world, { a, b }) => void world.source.rename(pathOf(a), pathOf(b)),
  exchange: (world, { a, b }) => void world.source.rename(pathOf(a), pathOf(b), { exchange: true }),
  link: (world, { a, b }) => void world.source.link(pathOf(a), pathOf(b)),
  symlink: (world, { a, b }) => void world.source.symlink(`to-${b}`, pathOf(a)),
  fifo(world, { a, b }) {
    if (b % 4 < 3) removeDown(world.source, pathOf(a));
    world.source.special(pathOf(a), b % 2 === 0 ? 'fifo' : 'socket');
  },
  chmod: (world, { a, b }) => void world.source.chmod(pathOf(a), [0o600, 0o644, 0o700, 0o755][b % 4] as number),
  touch: (world, { a, b }) => void world.source.utimes(pathOf(a), 1_500_000_000_000 + b),
  setXattrs: (world, { a, b }) => void world.source.setXattrs(pathOf(a), b % 3 === 0 ? undefined : `from-${b}`),
  writeMapped(world, { a, b }) {
    const inode = world.source.get(pathOf(a));
    if (inode?.type !== 'file' || inode.pieces.length === 0 || world.wasTouchedLately(inode)) return;
    world.source.writeMapped(inode, b % inode.pieces.length, pieceOf(world, inode));
    world.noteUnseen();
  },
  save(world, { a, b }) {
    world.source.create('saving');
    for (let at = 0; at <= b % 3; at += 1) writePiece(world, 'saving', at);
    world.source.rename('saving', pathOf(a));
  },
  burst(world, { a, b }) {
    for (let at = 0; at < 60; at += 1) {
      writePiece(world, `burst-${at % 7}`, 0);
      if (at % 3 === a % 3) removeDown(world.source, `burst-${(at + 2) % 7}`);
    }
    rewriteQuietly(world, pathOf(b));
  },
  copy(world, { a, b }) {
    const from = world.source.open([...bigPaths, pathOf(a)].find((path) => isBig(world, path)) ?? pathOf(a));
    if (from === undefined || world.source.create(pathOf(b), from.inode) !== 'ok') return;
    const to = world.source.open(pathOf(b)) as OpenFile;
    const { mtime } = from.inode;
    originals.set(to.inode, originOf(from.inode));
    const go = (at: number): void => {
      const piece = from.inode.pieces[at];
      if (piece === undefined) {
        world.source.close(to);
        // `cp -a` keeps the time.
        if (b % 2 === 0) world.source.utimes(pathOf(b), mtime);
        return;
      }
      world.source.write(to, at, piece);
      world.later(a % 9, () => go(at + 1));
    };
    go(0);
  },
  unreadable(world, { a, b }) {
    const inode = world.source.get(pathOf(a));
    if (inode?.type !== 'file') return;
    inode.unreadable = 13;
    world.untilHealed(lastingMs(b), () => {
      inode.unreadable = undefined;
    });
  },
  big(world, { a, b }) {
    const path = bigPaths[a % bigPaths.length] as string;
    world.source.mkdir(path.slice(0, 1));
    world.source.create(path, { pieceBytes: bigPieceBytes });
    for (let at = 0; at < 2 + (b % 5); at += 1) writePiece(world, path, at);
  },
  unmount(world, { a }) {
    if (world.source.root.mounted !== undefined) return;
    world.mayHold = true;
    const other = new Volume({ now: () => world.clock.now(), device: world.nextDevice() });
    const hidden = new Map(world.source.walk());
    world.source.mount('', other.root);
    world.noteChange();
    // An agent that began there is told of what is made and deleted there.
    let isUsed = false;
    const ignore = world.source.listen(() => {
      isUsed = true;
    });
    // What was deleted, renamed or written before may still be on its way.
    world.later(100, () => {
      ignore();
      if (world.source.root.mounted !== other.root || isUsed) return;
      world.guard(({ receiver }) => {
        const pending = [...receiver.data.walk()].filter(([path, inode]) => !isAlike(hidden.get(path), inode));
        return new Set(pending.map(([path]) => path));
      });
    });
    // One that is over before anybody looks at the root can't be seen.
    world.untilOver(7_000 + lastingMs(a), () => world.source.mount('', undefined));
  },
  cut(world, { a, b }) {
    const { network } = world.target(b);
    network.cut();
    const mend = (): void => {
      if (network.state === 'cut') network.state = 'up';
    };
    // Nobody says in sync of what can't be reached, nor that anything changed when it can be again.
    world.untilHealed(lastingMs(a), mend, { changes: false });
  },
  hang: (world, { a, b }) => hang(world, world.target(b).network, lastingMs(a)),
  hangOnceOpened(world, { a, b }) {
    const { network } = world.target(b);
    const takeBack = network.hangOnceOpened(a, () => hang(world, network, lastingMs(3)));
    world.untilHealed(60_000, takeBack, { changes: false });
  },
  breakConnections: (world, { b }) => world.target(b).network.breakConnections(),
  killAgent(world, { a }) {
    world.killAgent();
    world.untilHealed(lastingMs(a), () => world.startAgent());
  },
  leaveAgent: (world, { a }) => world.leaveAgent(lastingMs(a)),
  killReceiver(world, { a, b }) {
    const target = world.target(b);
    target.stop();
    world.untilHealed(lastingMs(a), () => target.receiver.start());
  },
  cutPower(world, { a, b }) {
    const target = world.target(b);
    target.cutPower();
    // What it loses is as young as if it had been changed now.
    world.changedAt = world.scheduler.now;
    world.untilHealed(lastingMs(a), () => target.receiver.start());
  },
  fillTarget(world, { a, b }) {
    const { data } = world.target(b).receiver;
    data.capacity = 0;
    world.untilHealed(lastingMs(a), () => {
      data.capacity = Number.POSITIVE_INFINITY;
    });
  },
  readOnlyTarget(world, { a, b }) {
    const { data } = world.target(b).receiver;
    data.readOnly = true;
    world.untilHealed(lastingMs(a), () => {
      data.readOnly = false;
    });
  },
  promote(world, { a, b }) {
    const target = world.target(b);
    if (target.isDaemon || target.receiver.isPromoted) return;
    target.promote(() => useReplica(world, target.receiver.data, b));
    world.noteChange();
    world.untilHealed(lastingMs(a), () => target.demote());
  },
  async rollBack(world, { a, b }) {
    const target = world.target(b);
    const { receiver } = target;
    const { data, isUp } = receiver;
    if (!isUp || target.isUsed || data.readOnly || data.capacity === 0) return;
    const dies = { afterCalls: (a >> 1) % 30, loses: b % 4 === 0 };
    const found = await target.rollBack(a, a % 2 === 0 ? undefined : dies);
    if (found !== '') world.violations.push({ kind: 'past', text: found });
    if (!receiver.isPromoted) return;
    world.mayHold = true;
    world.noteChange();
    world.untilHealed(lastingMs(a >> 2), () => target.demote());
  },
  killReceiverSoon(world, { a, b }) {
    const target = world.target(b);
    target.receiver.dieAfter(a % 12, () => {
      target.stop();
      world.untilHealed(lastingMs(a), () => target.receiver.start());
    });
  },
  undelete(world, { a, b }) {
    const index = b % world.targets.length;
    world.noteChange();
    world.target(b).receiver.kept.whole.staysBack = world.agent?.isIdle === true;
    world.agent?.undelete(index, a);
  },
  letGo(world) {
    // Nobody does while another root stands in the source's place.
    if (world.source.root.mounted === undefined && world.agent?.letGo() === true) world.noteChange();
  },
  verify: (world) => world.agent?.requestVerification(new Date(world.clock.now()).toISOString()),
  stepClock(world, { a, b }) {
    const ms = [10, 3_000, 40_000, 3_600_000][a % 4] as number;
    world.clock.step(b % 2 === 0 ? ms : -ms);
  },
  secondAgent: (world) => world.replaceAgent(),
  pass: (world) => world.agent?.requestPass(),
};

export async function act(world: World, step: Step): Promise<void> {
  await acts[step.kind](world, step);
}

const isAlike = (one: Inode | undefined, other: Inode): boolean =>
  one?.type === other.type &&
  (one.type !== 'file' || other.type !== 'file' || one.pieces.join() === other.pieces.join()) &&
  (one.type === 'directory' || one.mtime === other.mtime);

function hang(world: World, network: Network, ms: number): void {
  network.state = 'hanging';
  world.untilHealed(ms, () => {
    if (network.state === 'hanging') network.state = 'up';
    world.noteSwallowed();
  });
}

/** Size and time stay as they were. */
function rewriteQuietly(world: World, path: string): void {
  const inode = world.source.get(path);
  if (inode?.type !== 'file' || inode.pieces.length === 0) return;
  const { mtime } = inode;
  writePiece(world, path, 0);
  world.source.utimes(path, mtime);
}

function openToWrite(world: World, path: string): OpenFile | undefined {
  world.source.create(path);
  return world.source.open(path);
}

function writePiece(world: World, path: string, at: number): void {
  const open = openToWrite(world, path);
  if (open === undefined) return;
  write(world, open, at);
  world.source.close(open);
}

/** A piece names the file that it was written to, so that a mixture shows. */
function write(world: World, open: OpenFile, at: number): void {
  world.source.write(open, at, pieceOf(world, open.inode));
}

/** Files that are copies hold what another began: it shows in what is written to them, too. */
const originals = new WeakMap<Inode, Inode>();
const originOf = (inode: Inode): Inode => originals.get(inode) ?? inode;

function pieceOf(world: World, inode: Inode): string {
  const { device, id } = originOf(inode);
  return `${device}:${id}.${world.nextPiece()}`;
}

function isBig(world: World, path: string): boolean {
  const inode = world.source.get(path);
  return inode?.type === 'file' && inode.pieceBytes === bigPieceBytes && inode.pieces.length > 0;
}

/** What an application does to a replica that was taken into use. */
function useReplica(world: World, data: Volume, number: number): void {
  const path = pathOf(number);
  if (number % 3 === 0) removeDown(data, path);
  else data.unlink(path);
  data.create(path);
  const open = data.open(path);
  if (open !== undefined) data.write(open, number % 2, pieceOf(world, open.inode));
}
