import type { HlcStamp } from "../../../crdt/hlc.ts";
import type { Dot } from "../../../crdt/register.ts";

/** A write that added a member. All members that one operation added share it. */
export interface StampedDot extends Dot {
  readonly stamp: HlcStamp;
}

/** The additions that no remove has observed: nearly always one, several only after concurrent ones. Never empty. */
export type Additions = StampedDot | readonly StampedDot[];

export function additionsOf(additions: Additions): readonly StampedDot[] {
  return Array.isArray(additions) ? (additions as readonly StampedDot[]) : [additions as StampedDot];
}

/** Up to this many members keep the order in which they came when one of them goes, as in Redis' compact encoding. */
const ORDERED_MEMBERS_MAX = 128;

/** The members of a set with their additions, by name and by place: places make a random one cheap. */
export class MemberTable {
  readonly #places = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #additions: Additions[] = [];

  get size(): number {
    return this.#names.length;
  }

  /** In order of their places. */
  get names(): readonly string[] {
    return this.#names;
  }

  get additions(): readonly Additions[] {
    return this.#additions;
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  get(name: string): Additions | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : this.#additions[place];
  }

  /** True when the member is new. */
  set(name: string, additions: Additions): boolean {
    const place = this.#places.get(name);
    if (place !== undefined) {
      this.#additions[place] = additions;
      return false;
    }
    this.#places.set(name, this.#names.length);
    this.#names.push(name);
    this.#additions.push(additions);
    return true;
  }

  /** The last member takes the place of one that goes; in a small set all later ones move up. */
  delete(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    if (this.#names.length <= ORDERED_MEMBERS_MAX) {
      this.#names.splice(place, 1);
      this.#additions.splice(place, 1);
      for (let later = place; later < this.#names.length; later++) this.#places.set(this.#names[later]!, later);
      return;
    }
    const lastName = this.#names.pop()!;
    const lastAdditions = this.#additions.pop()!;
    if (place === this.#names.length) return;
    this.#names[place] = lastName;
    this.#additions[place] = lastAdditions;
    this.#places.set(lastName, place);
  }
}
