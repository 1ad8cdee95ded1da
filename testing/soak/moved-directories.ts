/** Directories that got another name: what is below has another path since, and no time of its own tells. */
export class MovedDirectories {
  readonly #at = new Map<string, number>();

  /** `paths`, binary strings, are names that were taken or given at a time, ms since the epoch. */
  note(paths: readonly string[], at: number): void {
    for (const path of paths) this.#at.set(path, at);
  }

  /** When what is at a path came there by a new name of it or of a directory above; -Infinity if it never did. */
  lastAbove(path: string): number {
    let last = Number.NEGATIVE_INFINITY;
    for (const [top, at] of this.#at) if (path === top || path.startsWith(`${top}/`)) last = Math.max(last, at);
    return last;
  }
}
