/** A part whose JSON is longer has a name of its own somewhere in it; only its parts are like others'. */
const maxTextLength = 512;
/** So many parts are known of late, and as many of before: what comes again and again is never forgotten. */
const manyParts = 8_192;

/**
 * Makes what gives an object back with its parts taken from others that say the same: of thousands that are made by one template little
 * but the names differs. Of what JSON can say; what is shared is frozen.
 */
export const createSharing = (): (<T>(value: T) => T) => {
  let late = new Map<string, unknown>();
  let before = new Map<string, unknown>();
  const once = (text: string, value: unknown): unknown => {
    const found = late.get(text);
    if (found !== undefined) return found;
    const kept = before.get(text) ?? value;
    if (late.size >= manyParts) {
      before = late;
      late = new Map();
    }
    late.set(text, kept);
    return kept;
  };
  const share = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const own = Array.isArray(value)
      ? value.map(share)
      : Object.fromEntries(Object.entries(value).map(([name, part]) => [name, share(part)]));
    const text = JSON.stringify(own);
    return text.length > maxTextLength ? own : once(text, Object.freeze(own));
  };
  return share as <T>(value: T) => T;
};
