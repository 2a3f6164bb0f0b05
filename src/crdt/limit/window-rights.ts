import { lentField, parseField, usedField, windowWishField } from "./limit-fields.ts";
import { refillOf, type LimitAnswer, type LimitPolicy } from "./limit-policy.ts";
import { WISH_AGAIN_MS } from "./counter-rights.ts";

/** One region's account of one limit: which window it is in, and what is gone of its share. */
interface Account {
  /** Window number: wall-clock milliseconds by the window's length. */
  readonly window: number;
  /** Of a bucket: tokens that are left. Else: what was used in this window, of its own share; what it lent is used. */
  readonly own: number;
  /** The same for the window before; not of a bucket. */
  readonly before: number;
  /** What was used of what others lent it for this window. */
  readonly borrowed: number;
}

/** Elements to write: name, value, name, value … */
export type FieldPairs = readonly string[];

/**
 * A rate limit by escrow: each region has a share of the capacity, which it uses by itself, and lends what is free of it to regions
 * that ask. What is lent counts as used by who lent it, at once, and may be used by the other in that same window only: so for
 * every window number the regions together let through no more than the capacity, without a word between them, and
 * whatever is cut. Nothing has to be given back: the next window begins with the shares as they were.
 *
 * A window's number is taken from each region's own clock, and never goes back.
 */
export class WindowRights {
  readonly #policy: LimitPolicy;
  readonly #fields: ReadonlyMap<string, string>;
  readonly #region: string;
  readonly #nowMs: number;
  readonly #account: Account;

  constructor(policy: LimitPolicy, fields: ReadonlyMap<string, string>, region: string, nowMs: number) {
    this.#policy = policy;
    this.#fields = fields;
    this.#region = region;
    this.#nowMs = nowMs;
    this.#account = this.#accountOf(region, Math.floor(nowMs / policy.windowMs));
  }

  /** What may be let through here now. */
  get here(): number {
    if (this.#policy.mode === "approximate") return Math.max(0, this.left);
    return Math.max(0, this.#free(this.#region, this.#account)) + this.#loanLeft(this.#region, this.#account);
  }

  /** What is left in all regions, as far as is known here. */
  get left(): number {
    let left = 0;
    for (const region of this.#regions()) {
      const account = region === this.#region ? this.#account : this.#accountOf(region, this.#account.window);
      // In approximate counting a region goes below its share while others are above theirs.
      const free = this.#free(region, account);
      left += this.#policy.mode === "approximate" ? free : Math.max(0, free) + this.#loanLeft(region, account);
    }
    return Math.max(0, left);
  }

  /** What asking for `amount` comes to. */
  answer(amount: number): LimitAnswer {
    if (this.here >= amount) return "granted";
    return this.left >= amount ? "elsewhere" : "gone";
  }

  /** When the present window ends, wall-clock milliseconds. */
  get endsAtMs(): number {
    return (this.#account.window + 1) * this.#policy.windowMs;
  }

  /** From when on nothing that has happened until now matters any more. */
  get forgottenAtMs(): number {
    const { algorithm, capacity, refill } = this.#policy;
    const windows =
      algorithm === "fixed" ? 1 : algorithm === "sliding" ? 2 : Math.ceil(capacity / Math.max(1, refill)) + 1;
    return (this.#account.window + windows) * this.#policy.windowMs;
  }

  /** Lets `amount` through, which `here` covers: what was lent first, which ends with the window. */
  take(amount: number): FieldPairs {
    const account = this.#account;
    const loan = this.#policy.mode === "approximate" ? 0 : this.#loanLeft(this.#region, account);
    const borrowed = Math.min(amount, loan);
    return this.#write({ ...this.#used(account, amount - borrowed), borrowed: account.borrowed + borrowed });
  }

  /** What a region asks for when it lacks `wanted` or has little left. Empty: nothing can be had, or it has just asked. */
  wish(wanted: number): FieldPairs {
    const { capacity, version, mode } = this.#policy;
    const { here, left } = this;
    const enough = Math.ceil(this.#share(this.#region) / 4);
    if (mode === "approximate" || left - here <= 0 || here - wanted > enough) return [];
    const name = windowWishField(version, this.#region);
    const lent = this.#loan(this.#region, this.#account.window);
    const known = parseNumbers(this.#fields.get(name), 3);
    if (known !== null && known[0] === this.#account.window && known[1]! > lent) {
      const ageMs = this.#nowMs - known[2]!;
      if (ageMs >= 0 && ageMs < WISH_AGAIN_MS) return [];
    }
    const upTo = lent + Math.max(wanted - here, Math.ceil(capacity / 4));
    return [name, `${this.#account.window} ${upTo} ${this.#nowMs}`];
  }

  /** What this region lends to those who have asked within the same window: at most half of what is free. */
  lend(): FieldPairs {
    if (this.#policy.mode === "approximate") return [];
    const pairs: string[] = [];
    let account = this.#account;
    for (const to of this.#regions()) {
      if (to === this.#region) continue;
      const wish = parseNumbers(this.#fields.get(windowWishField(this.#policy.version, to)), 3);
      if (wish === null || wish[0] !== account.window) continue;
      const free = Math.max(0, this.#free(this.#region, account));
      const amount = Math.min(wish[1]! - this.#loan(to, account.window), Math.ceil(free / 2));
      if (amount <= 0) continue;
      const before = this.#lent(this.#region, to, account.window);
      pairs.push(lentField(this.#policy.version, this.#region, to), `${account.window} ${before + amount}`);
      account = this.#used(account, amount);
    }
    return pairs.length === 0 ? [] : [...pairs, ...this.#write(account)];
  }

  // --- accounts ---------------------------------------------------------------------------------------------------

  #share(region: string): number {
    return this.#policy.shares.get(region) ?? 0;
  }

  /** The region's account as it stands in window `window`, or later if it is there already. */
  #accountOf(region: string, window: number): Account {
    const known = parseNumbers(this.#fields.get(usedField(this.#policy.version, region)), 4);
    const isBucket = this.#policy.algorithm === "bucket";
    if (known === null) return { window, own: isBucket ? this.#share(region) : 0, before: 0, borrowed: 0 };
    const account: Account = { window: known[0]!, own: known[1]!, before: known[2]!, borrowed: known[3]! };
    const passed = window - account.window;
    if (passed <= 0) return account;
    if (isBucket) {
      const own = Math.min(this.#share(region), account.own + passed * refillOf(this.#policy, region));
      return { window, own, before: 0, borrowed: 0 };
    }
    return { window, own: 0, before: passed === 1 ? account.own : 0, borrowed: 0 };
  }

  /** What is free of the region's own share; below zero where approximate counting went past it. */
  #free(region: string, { own, before, window }: Account): number {
    switch (this.#policy.algorithm) {
      case "bucket":
        return own;
      case "fixed":
        return this.#share(region) - own;
      case "sliding": {
        const { windowMs } = this.#policy;
        const passedMs = Math.min(windowMs, Math.max(0, this.#nowMs - window * windowMs));
        // Rounded up: a part of one that is still covered is one.
        return this.#share(region) - own - Math.ceil((before * (windowMs - passedMs)) / windowMs);
      }
    }
  }

  #used(account: Account, amount: number): Account {
    return { ...account, own: account.own + (this.#policy.algorithm === "bucket" ? -amount : amount) };
  }

  #write({ window, own, before, borrowed }: Account): FieldPairs {
    return [usedField(this.#policy.version, this.#region), `${window} ${own} ${before} ${borrowed}`];
  }

  // --- loans ------------------------------------------------------------------------------------------------------

  #lent(from: string, to: string, window: number): number {
    const known = parseNumbers(this.#fields.get(lentField(this.#policy.version, from, to)), 2);
    return known === null || known[0] !== window ? 0 : known[1]!;
  }

  /** Everything lent to the region for the window. */
  #loan(region: string, window: number): number {
    let loan = 0;
    for (const from of this.#policy.shares.keys()) if (from !== region) loan += this.#lent(from, region, window);
    return loan;
  }

  #loanLeft(region: string, { window, borrowed }: Account): number {
    return Math.max(0, this.#loan(region, window) - borrowed);
  }

  /** Those with a share, and those that have used or asked without one. */
  #regions(): readonly string[] {
    const names = new Set([...this.#policy.shares.keys(), this.#region]);
    for (const field of this.#fields.keys()) {
      const { kind, words } = parseField(field);
      if ((kind === "u" || kind === "q") && words[0] === this.#policy.version) names.add(words[1]!);
    }
    return [...names].toSorted();
  }
}

function parseNumbers(text: string | undefined, count: number): readonly number[] | null {
  if (text === undefined) return null;
  const numbers = text.split(" ").map(Number);
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : null;
}

/** Elements of other definitions: nothing counts by them any more. */
export function outdatedFields(names: Iterable<string>, version: string): string[] {
  return [...names].filter((field) => parseField(field).words[0] !== version);
}
