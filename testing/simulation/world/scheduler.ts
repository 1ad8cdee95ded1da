interface Task {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** The one queue of a simulated world: what is due next runs, alone, and time jumps to it. ms since its start. */
export class Scheduler {
  readonly #heap: Task[] = [];
  #now = 0;
  #order = 0;
  #steps = 0;

  get now(): number {
    return this.#now;
  }

  /** Tasks run so far. */
  get steps(): number {
    return this.#steps;
  }

  /** When the next task is due; undefined if none is. */
  get nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Calls `run` once after `ms`; the answer cancels. */
  after(ms: number, run: () => void): () => void {
    const task: Task = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#push(task);
    return () => {
      task.run = undefined;
    };
  }

  /** Runs the next task. @returns false if there is none */
  step(): boolean {
    this.#dropCancelled();
    const task = this.#pop();
    if (task === undefined) return false;
    this.#now = Math.max(this.#now, task.at);
    this.#steps += 1;
    task.run?.();
    return true;
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop();
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(task, heap[parent] as Task)) break;
      heap[at] = heap[parent] as Task;
      at = parent;
    }
    heap[at] = task;
  }

  #pop(): Task | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Task, heap[child] as Task)) child += 1;
      if (!isBefore(heap[child] as Task, last)) break;
      heap[at] = heap[child] as Task;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

const isBefore = (a: Task, b: Task): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
