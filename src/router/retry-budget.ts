/**
 * How many requests may be sent a second time. When a region slows down, repeating every late request doubles the load of the
 * others and brings them down too; so repeats are a share of what clients ask for. Tokens: each request earns a share of one.
 * Moving a request that never left the router costs no region anything and is not counted.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #savedMax: number;
  #saved: number;

  constructor(share: number, savedMax: number, atStart: number) {
    this.#share = share;
    this.#savedMax = savedMax;
    this.#saved = Math.min(savedMax, atStart);
  }

  earn(): void {
    this.#saved = Math.min(this.#savedMax, this.#saved + this.#share);
  }

  /** Takes one repeat; false if there is none left. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
