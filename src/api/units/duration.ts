const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const whole = /^(0|([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+)$/;
const part = /([0-9]+(?:[.][0-9]+)?)(ns|us|µs|ms|s|m|h)/g;

/** Milliseconds of a Go-style duration (`1h30m`, `500ms`, `0`), without sign; undefined when it is none. */
export const parseDuration = (text: string): number | undefined => {
  if (!whole.test(text)) return undefined;
  let total = 0;
  for (const [, figure, unit] of text.matchAll(part)) total += Number(figure) * (unitMs[unit ?? ''] ?? 0);
  return total;
};
