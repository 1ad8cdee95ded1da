/** What broken runs have left at a target, by the path of the partial file; a run that resumes one writes into it. */
export class PartialStore {
  readonly #files = new Map<string, string[]>();

  get(key: string): string[] | undefined {
    return this.#files.get(key);
  }

  keep(key: string, pieces: string[]): void {
    this.#files.set(key, pieces);
  }

  remove(key: string): void {
    this.#files.delete(key);
  }

  clear(): void {
    this.#files.clear();
  }
}

/** rsync puts a partial file into the directory that it is told, by its last name; a relative one lies beside the file. */
export function partialKey(partialDirectory: string, path: string): string {
  const slash = path.lastIndexOf('/');
  const directory = partialDirectory.startsWith('/') ? '' : path.slice(0, slash + 1);
  return `${directory}${partialDirectory}/${path.slice(slash + 1)}`;
}
