import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import { judgeDeletions } from '../deletions/judge.ts';
import { FullPass, type PassOutcome } from '../pass/full-pass.ts';
import type { PassContext } from '../pass/pass-context.ts';
import type { PassRequest } from '../pass/pass-request.ts';
import type { RunResult } from '../rsync/run.ts';
import type { NamedDifferences } from './compare-named.ts';
import type { Findings } from './compare-outline.ts';

export interface ProvenPassOptions {
  readonly request: PassRequest;
  readonly context: PassContext;
  readonly findings: Findings;
  /** Compares the names and attributes in some directories with the target's; undefined where they can't be told by themselves. */
  readonly compareNamed: (findings: Findings) => Promise<NamedDifferences | undefined>;
}

const namesAtOnce = 2_000;

/**
 * Brings a target up to a source of which it is known where the two may differ.
 * @returns undefined where all has to be compared after all
 */
export async function runProvenPass(options: ProvenPassOptions): Promise<PassOutcome | undefined> {
  const { request, context, findings, compareNamed } = options;
  if (context.source.check() !== 'same') return { kind: 'aborted', entries: 0 };
  const mounts = context.source.mountsVersion?.();
  const named = await compareNamed(findings);
  if (named === undefined || !mayDelete(named.extraEntries, options)) return undefined;
  const content = [...new Set([...findings.content, ...named.content])];
  const failed = await send(content, named.attributes, context);
  if (failed !== undefined) return { kind: 'failed', failed, entries: 0 };
  const subtrees = [...new Set([...findings.subtrees, ...named.subtrees])];
  if (subtrees.length > 0) {
    // Nobody has counted what the replica held: all that the source has now, and what is missing.
    const whole = (missed: number): number => findings.entries + missed;
    const pass = await new FullPass({ ...request, subtrees }, { ...context, whole }).run();
    if (pass.kind !== 'done') return pass;
  }
  // What went with a file system below the source may be back.
  if (context.source.mountsVersion?.() !== mounts) return undefined;
  if (named.extra.length > 0) {
    const gone = await context.remove('found', named.extra, new Set(named.extra.map(parentOf)));
    if (gone.failed !== undefined) return { kind: 'failed', failed: gone.failed, entries: 0 };
    if (gone.held !== undefined) return undefined;
  }
  if (context.signal.aborted) return { kind: 'aborted', entries: 0 };
  return { kind: 'done', entries: findings.entries };
}

/** What would be held is found, and held, by a comparison of all. */
function mayDelete(count: number, { request, context, findings }: ProvenPassOptions): boolean {
  const { sync, source, held, canKeep } = context;
  const verdict = judgeDeletions({
    cause: 'found',
    guard: sync.deleteGuard,
    root: source.check(),
    sourceReplaced: request.sourceReplaced,
    sourceEmpty: source.isEmpty(),
    count,
    lately: count,
    whole: findings.entries + count,
    canKeep,
    asked: held()?.reason,
    released: 0,
  });
  return verdict.kind === 'go';
}

async function send(
  content: readonly RelPath[],
  attributes: readonly RelPath[],
  { send, sendBig, signal }: PassContext,
): Promise<RunResult | undefined> {
  for (let at = 0; at < Math.max(content.length, attributes.length) && !signal.aborted; at += namesAtOnce) {
    const [some, others] = [content.slice(at, at + namesAtOnce), attributes.slice(at, at + namesAtOnce)];
    const { failed, big } = await send({ content: some, attributes: others, deletes: [] });
    if (failed !== undefined) return failed;
    for (const path of big) {
      const { failed } = await sendBig(path, false);
      if (failed !== undefined) return failed;
    }
  }
  return undefined;
}
