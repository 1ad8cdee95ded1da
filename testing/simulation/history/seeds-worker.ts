import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { SeedRange } from './run-seeds.ts';

/** A change of one source file, as it is loaded. */
export interface SourcePatch {
  /** Path of the file from the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Of a worker that runs histories beside others. */
export interface SeedsWork extends SeedRange {
  readonly patches: readonly SourcePatch[];
}

const { patches, ...range } = workerData as SeedsWork;
const unused = new Set(patches);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const mine = patches.filter(({ file }) => url.endsWith(`/${file}`));
    if (mine.length === 0) return loaded;
    let source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
    for (const patch of mine) {
      if (!source.includes(patch.find)) throw new Error(`patch ${patch.file}: it does not hold ${patch.find}`);
      source = source.replace(patch.find, () => patch.replace);
      unused.delete(patch);
    }
    return { ...loaded, source };
  },
});

// Only now: what it loads is patched.
const { runSeeds } = await import('./run-seeds.ts');
for (const { file } of unused) throw new Error(`patch ${file}: the simulation does not load it`);
const result = await runSeeds(range, (done) => parentPort?.postMessage({ done }));
parentPort?.postMessage({ result });
