/** Bounds how many things go on at a time, in the order of asking; `big` ones always leave one place free. */
export class Semaphore {
  readonly #size: number;
  #taken = 0;
  #bigTaken = 0;
  #waiting: { readonly big: boolean; readonly enter: () => void }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves with what gives the place back. */
  acquire(big: boolean): Promise<() => void> {
    return new Promise((resolve) => {
      this.#waiting.push({ big, enter: () => resolve(this.#enter(big)) });
      this.#next();
    });
  }

  #enter(big: boolean): () => void {
    this.#taken++;
    if (big) this.#bigTaken++;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#taken--;
      if (big) this.#bigTaken--;
      this.#next();
    };
  }

  #next(): void {
    const bigPlaces = Math.max(1, this.#size - 1);
    for (let at = 0; at < this.#waiting.length && this.#taken < this.#size; ) {
      const waiter = this.#waiting[at] as { big: boolean; enter: () => void };
      if (waiter.big && this.#bigTaken >= bigPlaces) at++;
      else {
        this.#waiting.splice(at, 1);
        waiter.enter();
      }
    }
  }
}
