import type { RelPath } from '../../changes/change.ts';

const firstSlots = 1_024;
/** 16 bytes a slot, at most half of them used: 32 MiB. */
const maxPaths = 1_000_000;

/**
 * When something was last noted of a path, without keeping the path: two hashes of 32 bits stand for it. Beyond a
 * million paths nothing more is taken; what is not known here is looked at once more than needed.
 */
export class PathTimes {
  #keys = new Uint32Array(2 * firstSlots);
  #times = new Float64Array(firstSlots);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `at` is greater than 0. */
  set(path: RelPath, at: number): void {
    const slot = this.#slotOf(path);
    if (this.#times[slot] === 0) {
      if (this.#size >= maxPaths) return;
      this.#size += 1;
      this.#keys[2 * slot] = this.#first;
      this.#keys[2 * slot + 1] = this.#second;
    }
    this.#times[slot] = at;
    if (this.#size * 2 > this.#times.length) this.#grow();
  }

  get(path: RelPath): number | undefined {
    return this.#times[this.#slotOf(path)] || undefined;
  }

  #first = 0;
  #second = 0;

  #slotOf(path: RelPath): number {
    // FNV-1a, and the same with another basis and prime.
    let first = 0x811c9dc5;
    let second = 0x9747b28c;
    for (let at = 0; at < path.length; at++) {
      const byte = path.charCodeAt(at);
      first = Math.imul(first ^ byte, 0x01000193);
      second = Math.imul(second ^ byte, 0x5bd1e995);
      second ^= second >>> 15;
    }
    this.#first = first >>> 0;
    this.#second = second >>> 0;
    return this.#probe(this.#first, this.#second);
  }

  #probe(first: number, second: number): number {
    const mask = this.#times.length - 1;
    let slot = (first ^ (first >>> 16)) & mask;
    while (this.#times[slot] !== 0 && (this.#keys[2 * slot] !== first || this.#keys[2 * slot + 1] !== second)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [keys, times] = [this.#keys, this.#times];
    this.#keys = new Uint32Array(2 * keys.length);
    this.#times = new Float64Array(2 * times.length);
    for (let old = 0; old < times.length; old++) {
      if (times[old] === 0) continue;
      const [first = 0, second = 0] = [keys[2 * old], keys[2 * old + 1]];
      const slot = this.#probe(first, second);
      this.#keys[2 * slot] = first;
      this.#keys[2 * slot + 1] = second;
      this.#times[slot] = times[old] ?? 0;
    }
  }
}
