/** The version of agents from which on what an operator of today says is understood whole. Older ones do what they know. */
export const minAgentVersion = '0.1.0';

/** Is `a` older than `b`? Numbers are compared part by part; what is no version is older than any. */
export const isOlderVersion = (a: string, b: string): boolean => {
  const [left, right] = [partsOf(a), partsOf(b)];
  const at = right.findIndex((part, index) => part !== (left[index] ?? -1));
  return at >= 0 && (left[at] ?? -1) < (right[at] ?? 0);
};

const partsOf = (version: string): number[] => {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [major, minor, patch].map((part) => (part === undefined ? -1 : Number(part)));
};
