/** Says what is being done and how long it took, one line a step. Written to stderr, so that stdout stays the answer. */
export interface Progress {
  /** Runs `work` as a named step; a nested step is indented. A step that throws is shown as failed and throws on. */
  step<T>(what: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  say(text: string): void;
}

/** Progress for a person at a terminal, or for the log of a build. */
export function makeProgress(write: (text: string) => void, now: () => number): Progress {
  let depth = 0;
  const line = (text: string) => write(`${'  '.repeat(depth)}${text}\n`);
  return {
    say: line,
    async step(what, work) {
      const start = now();
      line(`• ${what} …`);
      depth += 1;
      try {
        const result = await work((text) => line(text));
        depth -= 1;
        line(`✓ ${what} (${seconds(now() - start)})`);
        return result;
      } catch (error) {
        depth -= 1;
        line(`✗ ${what} (${seconds(now() - start)})`);
        throw error;
      }
    },
  };
}

/** Progress that says nothing, for a caller that has its own. */
export const silent: Progress = { say: () => {}, step: (_what, work) => work(() => {}) };

/** A span for a person: `0.4 s`, `12.3 s`, `4 min 10 s`. */
export function seconds(ms: number): string {
  const whole = Math.round(ms / 1000);
  return whole < 60 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
