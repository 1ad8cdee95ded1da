import { registerHooks } from 'node:module';

/** A change of one source file, as it is loaded. */
export interface SourcePatch {
  /** Path of the file from the project's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * Changes source files as they are loaded from now on, by this thread.
 * @returns to be called once all is loaded; throws where a file of them was not
 */
export function patchSources(patches: readonly SourcePatch[]): () => void {
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
  return () => {
    for (const { file } of unused) throw new Error(`patch ${file}: the simulation does not load it`);
  };
}
