import { Retirements, type Retirement } from "./retirements.ts";

/**
 * Names. A *region* is one replica of the whole database, named by its operator. An *incarnation* is one process start
 * of it, `us-east#3-9f2c`: a counter and a random part. It is the *origin* of writes: a new one at every start, because an old
 * copy of a directory cannot know that others hold newer batches of its own.
 */
export type RegionName = string;
export type OriginId = string;

const REGION_NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/u;
const ORIGIN_ID = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?#[0-9]{1,10}-[0-9a-f]{4,16}$/u;

/** 1–32 characters of a–z, 0–9 and "-", not at either end. */
export function isRegionName(text: string): boolean {
  return REGION_NAME.test(text);
}

export function isOriginId(text: string): boolean {
  return ORIGIN_ID.test(text);
}

export function originId(region: RegionName, counter: number, random: string): OriginId {
  return `${region}#${counter}-${random}`;
}

/** How often its region's directory had been started. */
export function counterOfOrigin(origin: OriginId): number {
  return Number(origin.slice(origin.indexOf("#") + 1, origin.lastIndexOf("-")));
}

export function regionOfOrigin(origin: OriginId): RegionName {
  return origin.slice(0, origin.indexOf("#"));
}

/**
 * Origins as small integers, so that a dot in memory costs two machine words. Indexes are local to one data directory and
 * append-only there: rows on disk use them, so the table is stored with every checkpoint.
 */
export class OriginTable {
  readonly #ids: OriginId[] = [];
  readonly #regions: RegionName[] = [];
  readonly #indexes = new Map<OriginId, number>();
  /** Which of them vectors need not name any more. */
  readonly retirements: Retirements;

  constructor(ids: readonly OriginId[] = [], retirements: Iterable<Retirement> = []) {
    for (const id of ids) this.intern(id);
    this.retirements = new Retirements(retirements);
  }

  get size(): number {
    return this.#ids.length;
  }

  intern(id: OriginId): number {
    const known = this.#indexes.get(id);
    if (known !== undefined) return known;
    const index = this.#ids.length;
    this.#ids.push(id);
    this.#regions.push(regionOfOrigin(id));
    this.#indexes.set(id, index);
    return index;
  }

  find(id: OriginId): number | undefined {
    return this.#indexes.get(id);
  }

  id(index: number): OriginId {
    return this.#ids[index]!;
  }

  region(index: number): RegionName {
    return this.#regions[index]!;
  }

  ids(): readonly OriginId[] {
    return this.#ids;
  }

  /** Order of two origins, the same in every region: by name. `#` sorts below every character of a region's name. */
  compare(left: number, right: number): number {
    if (left === right) return 0;
    return this.#ids[left]! < this.#ids[right]! ? -1 : 1;
  }
}
