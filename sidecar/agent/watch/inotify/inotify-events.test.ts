import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type InotifyEvent, parseInotifyEvents } from './inotify-events.ts';
import { inotifyBit } from './inotify-mask.ts';

/** As the kernel lays them out: names padded with NULs to a multiple of the header's 16 bytes. */
const encode = (events: readonly InotifyEvent[]): Buffer =>
  Buffer.concat(
    events.map(({ wd, mask, cookie, name }) => {
      const nameBytes = name === '' ? 0 : Math.ceil((name.length + 1) / 16) * 16;
      const record = Buffer.alloc(16 + nameBytes);
      record.writeInt32LE(wd, 0);
      record.writeUInt32LE(mask, 4);
      record.writeUInt32LE(cookie, 8);
      record.writeUInt32LE(nameBytes, 12);
      record.write(name, 16, 'latin1');
      return record;
    }),
  );

const event = fc.record(
  {
    wd: fc.integer({ min: 1, max: 5 }),
    mask: fc
      .constantFrom(...[0x2, 0x4, 0x8, 0x40, 0x80, 0x100, 0x200])
      .chain((bit) => fc.constantFrom(bit, bit | inotifyBit.isDirectory)),
    cookie: fc.nat(0x7fffffff),
    name: fc.oneof(
      fc.constantFrom('', 'a', 'b'),
      fc
        .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 255 })
        .map((codes) => String.fromCharCode(...codes)),
    ),
  },
  { noNullPrototype: true },
);

test('reads back whatever the kernel can lay out', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const bytes = Buffer.alloc(64 * 1024);
      const length = encode(events).copy(bytes);
      const distinct = events.filter((now, at) => {
        const before = events[at - 1];
        const repeats =
          before !== undefined && now.wd === before.wd && now.mask === before.mask && now.name === before.name;
        return !(repeats && (now.mask & 0x6) !== 0);
      });
      assert.deepEqual(parseInotifyEvents(bytes, length), distinct);
    }),
  );
});

test('reads an overflow, which belongs to no watch', () => {
  const overflow = { wd: -1, mask: inotifyBit.overflow, cookie: 0, name: '' };
  const bytes = encode([overflow]);
  assert.deepEqual(parseInotifyEvents(Buffer.from(bytes), bytes.length), [overflow]);
});

test('drops a MODIFY that only repeats the one before it', () => {
  const modify = { wd: 1, mask: inotifyBit.modify, cookie: 0, name: 'a' };
  const close = { ...modify, mask: inotifyBit.closeWrite };
  const aligned = Buffer.alloc(4096);
  const length = encode([modify, modify, modify, close, modify, close, close]).copy(aligned);
  assert.deepEqual(parseInotifyEvents(aligned, length), [modify, close, modify, close, close]);
});
