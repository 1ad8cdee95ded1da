import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { InotifyEvent } from './inotify-events.ts';
import { inotifyBit } from './inotify-mask.ts';
import { isPairedMove, pairMoves } from './pair-moves.ts';

const from = (cookie: number, name = `from-${cookie}`) => ({ wd: 1, mask: inotifyBit.movedFrom, cookie, name });
const to = (cookie: number, name = `to-${cookie}`) => ({ wd: 2, mask: inotifyBit.movedTo, cookie, name });
const other = (name: string) => ({ wd: 1, mask: inotifyBit.create, cookie: 0, name });

test('joins the halves at the place of the first', () => {
  assert.deepEqual(pairMoves([], [other('a'), from(1), other('b'), to(1), other('c')]), {
    ready: [other('a'), { from: from(1), to: to(1) }, other('b'), other('c')],
    held: [],
  });
});

test('holds a first half, and what comes after it, for one more read', () => {
  const first = pairMoves([], [other('a'), from(1), other('b')]);
  assert.deepEqual(first, { ready: [other('a')], held: [from(1), other('b')] });
  assert.deepEqual(pairMoves(first.held, [to(1)]), { ready: [{ from: from(1), to: to(1) }, other('b')], held: [] });
});

test('holds nothing of a rename whose halves came around it', () => {
  assert.deepEqual(pairMoves([], [from(1), from(2), other('a'), to(1)]), {
    ready: [{ from: from(1), to: to(1) }],
    held: [from(2), other('a')],
  });
});

test('lets a first half pass that has waited', () => {
  assert.deepEqual(pairMoves([from(1), other('b')], []), { ready: [from(1), other('b')], held: [] });
  assert.deepEqual(pairMoves([from(1)], [other('c'), from(2)]), { ready: [from(1), other('c')], held: [from(2)] });
});

test('lets a lone second half pass', () => {
  assert.deepEqual(pairMoves([], [to(1)]), { ready: [to(1)], held: [] });
});

test('however reads cut the stream, nothing is lost, doubled or out of order', () => {
  const stream = fc
    .array(
      fc.oneof(
        fc.constant('move' as const),
        fc.constant('out' as const),
        fc.constant('in' as const),
        fc.constant('other' as const),
      ),
      {
        maxLength: 20,
      },
    )
    .map((kinds) =>
      kinds.flatMap((kind, at): InotifyEvent[] => {
        if (kind === 'move') return [from(at + 1), to(at + 1)];
        if (kind === 'out') return [from(at + 1)];
        return kind === 'in' ? [to(at + 1)] : [other(`o${at}`)];
      }),
    );
  fc.assert(
    fc.property(stream, fc.array(fc.nat(5), { maxLength: 30 }), (events, cuts) => {
      const seen: InotifyEvent[] = [];
      let pairs = 0;
      let held: readonly InotifyEvent[] = [];
      const feed = (fresh: readonly InotifyEvent[]) => {
        const pairing = pairMoves(held, fresh);
        held = pairing.held;
        for (const item of pairing.ready) {
          if (isPairedMove(item)) pairs++;
          seen.push(...(isPairedMove(item) ? [item.from, item.to] : [item]));
        }
      };
      let at = 0;
      for (const size of cuts) {
        // An empty read is the end of the wait.
        feed(events.slice(at, at + size));
        at += size;
      }
      feed(events.slice(at));
      feed([]);
      assert.deepEqual(seen, events);
      assert.equal(held.length, 0);
      const possible = events.filter(
        (event, index) => (event.mask & 0x40) !== 0 && (events[index + 1]?.cookie ?? 0) === event.cookie,
      );
      assert.ok(pairs <= possible.length);
      if (cuts.every((size) => size > 0)) assert.equal(pairs, possible.length);
    }),
  );
});
