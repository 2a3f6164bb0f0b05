/** Longer names are seldom those of many. */
const LENGTH_MAX = 32;
const GENERATION_NAMES = 1024;

/**
 * Names that many collections have in common, each kept once: fields of sessions have the same five or ten in all of them, 25 to 40
 * bytes a name and collection otherwise. Bounded: when so many have come the older ones are forgotten, but for those that were asked for
 * since, so names of which each is somebody's own pass through and leave those that recur.
 */
export class SharedNames {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** The same characters, in the string that others have too. */
  share(name: string): string {
    if (name.length > LENGTH_MAX) return name;
    const known = this.#young.get(name);
    if (known !== undefined) return known;
    const shared = this.#old.get(name) ?? name;
    if (this.#young.size >= GENERATION_NAMES) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(shared, shared);
    return shared;
  }

  /** How many it knows: at most twice GENERATION_NAMES. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
