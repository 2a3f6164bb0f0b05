import { parseField } from "./limit-fields.ts";

/** What a region asks for: that it should have been given so much in all. It is asked again when that has not come for a while. */
export interface CounterWish {
  readonly upTo: number;
  readonly atMs: number;
}

/** A wish that was not answered is repeated after this long: its answer, or it, may be lost with a crash, or the giver had none. */
export const WISH_AGAIN_MS = 500;

/**
 * A bounded counter by escrow (Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric
 * Invariants", 2015): rights to spend are the numbers, each belongs to one region, and only that region spends it or gives it
 * away. A region's rights are what it minted and was given, less what it spent and gave. Only what it wrote itself makes them
 * fewer, so it never believes it has more than it has, however little it has heard of others; so all together never spend
 * more than was minted, whatever is cut.
 */
export class CounterRights {
  readonly #minted = new Map<string, number>();
  readonly #spent = new Map<string, number>();
  readonly #returned = new Map<string, number>();
  readonly #given = new Map<string, Map<string, number>>();
  readonly wishes = new Map<string, CounterWish>();

  static read(fields: Iterable<readonly [string, string]>): CounterRights {
    const rights = new CounterRights();
    for (const [field, value] of fields) rights.#take(field, value);
    return rights;
  }

  /** Rights that the region may spend now. */
  of(region: string): number {
    const gone = (this.#spent.get(region) ?? 0) + sum(this.#given.get(region)?.values() ?? []);
    return (this.#minted.get(region) ?? 0) + (this.#returned.get(region) ?? 0) + this.received(region) - gone;
  }

  /** Everything others have ever given to the region. */
  received(region: string): number {
    let received = 0;
    for (const given of this.#given.values()) received += given.get(region) ?? 0;
    return received;
  }

  get minted(): number {
    return sum(this.#minted.values());
  }

  /** Spent and not given back. */
  get spent(): number {
    return sum(this.#spent.values()) - sum(this.#returned.values());
  }

  /** Rights that are left in all regions, as far as is known here. */
  get left(): number {
    return this.minted - this.spent;
  }

  /** Regions that have had to do with it. */
  regions(): readonly string[] {
    const names = new Set([...this.#minted.keys(), ...this.#spent.keys(), ...this.#returned.keys()]);
    for (const [from, given] of this.#given) for (const one of [from, ...given.keys()]) names.add(one);
    return [...names].toSorted();
  }

  #take(field: string, value: string): void {
    const { kind, words } = parseField(field);
    const [first = "", second = ""] = words;
    if (kind === "m") this.#minted.set(first, Number(value));
    else if (kind === "s") this.#spent.set(first, Number(value));
    else if (kind === "r") this.#returned.set(first, Number(value));
    else if (kind === "w") this.wishes.set(first, parseWish(value));
    else if (kind === "g") {
      const given = this.#given.get(first) ?? new Map<string, number>();
      given.set(second, Number(value));
      this.#given.set(first, given);
    }
  }
}

export function formatWish({ upTo, atMs }: CounterWish): string {
  return `${upTo} ${atMs}`;
}

function parseWish(value: string): CounterWish {
  const [upTo, atMs] = value.split(" ");
  return { upTo: Number(upTo), atMs: Number(atMs) };
}

/**
 * What a region wishes for when it lacks `wanted` rights, or has few left: enough for this, and a quarter of all that is left
 * elsewhere, so that it need not ask again soon. Null: nothing can be had, or it has just asked.
 */
export function counterWish(rights: CounterRights, region: string, wanted: number, nowMs: number): CounterWish | null {
  const here = rights.of(region);
  const elsewhere = rights.left - here;
  if (elsewhere <= 0) return null;
  const missing = Math.max(wanted - here, Math.ceil(elsewhere / 4));
  const received = rights.received(region);
  const known = rights.wishes.get(region);
  const isOpen =
    known !== undefined && known.upTo > received && nowMs - known.atMs < WISH_AGAIN_MS && nowMs >= known.atMs;
  return isOpen ? null : { upTo: received + missing, atMs: nowMs };
}

/** What `from` gives to each region that has asked: at most half of what it has, so that it can go on itself. */
export function counterGifts(rights: CounterRights, from: string): readonly (readonly [to: string, amount: number])[] {
  const gifts: [string, number][] = [];
  let free = rights.of(from);
  for (const [to, { upTo }] of [...rights.wishes].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const missing = upTo - rights.received(to);
    const amount = Math.min(missing, Math.ceil(free / 2));
    if (to === from || amount <= 0) continue;
    gifts.push([to, amount]);
    free -= amount;
  }
  return gifts;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const one of numbers) total += one;
  return total;
}
