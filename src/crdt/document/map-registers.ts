import type { AutomergeHandle } from "./automerge.ts";
import { registerOps, type RegisterOp } from "./list-order.ts";
import type { OpId } from "./op-id.ts";

const NONE: readonly RegisterOp[] = [];

/** The registers of one map that have been read. `isWhole`: there are no others. */
interface KnownMap {
  readonly registers: Map<string, readonly RegisterOp[]>;
  isWhole: boolean;
}

/**
 * The live operations of map registers, read from Automerge once and kept up to date from then on: which operations a change
 * replaces is known before Automerge hears of it. So a change of a map asks Automerge nothing, and waits until something does:
 * a call into WebAssembly costs as much as all the rest of a small change.
 */
export class MapRegisters {
  readonly #maps = new Map<OpId, KnownMap>();
  readonly #upToDate: () => AutomergeHandle;

  /** `upToDate`: Automerge, once it has taken in everything. */
  constructor(upToDate: () => AutomergeHandle) {
    this.#upToDate = upToDate;
  }

  /** In no promised order. */
  get(object: OpId, key: string): readonly RegisterOp[] {
    const map = this.#map(object);
    const known = map.registers.get(key);
    if (known !== undefined) return known;
    if (map.isWhole) return NONE;
    const ops = registerOps(this.#upToDate().getAll(object, key));
    map.registers.set(key, ops);
    return ops;
  }

  /** The register's live operations are now these; it has been read before. */
  set(object: OpId, key: string, ops: readonly RegisterOp[]): void {
    const map = this.#map(object);
    if (ops.length === 0 && map.isWhole) map.registers.delete(key);
    else map.registers.set(key, ops);
  }

  /** Keys with operations. */
  keys(object: OpId): readonly string[] {
    const map = this.#map(object);
    if (!map.isWhole) {
      for (const key of this.#upToDate().keys(object)) this.get(object, key);
      for (const [key, ops] of map.registers) if (ops.length === 0) map.registers.delete(key);
      map.isWhole = true;
    }
    return [...map.registers.keys()];
  }

  /** A new map, which is empty. */
  made(object: OpId): void {
    this.#maps.set(object, { registers: new Map(), isWhole: true });
  }

  #map(object: OpId): KnownMap {
    let map = this.#maps.get(object);
    if (map === undefined) {
      map = { registers: new Map(), isWhole: false };
      this.#maps.set(object, map);
    }
    return map;
  }
}
