import { OP } from "../../../crdt/operations/operation-kind.ts";
import { REGISTER_COUNT, type RegisterRank } from "../../../crdt/sketch/hyper-log-log.ts";
import { looksLikeSketch, sketchFromString } from "../../../crdt/sketch/sketch-string.ts";
import { StringFacet } from "../string/string-facet.ts";
import type { TypeHost } from "../type-host.ts";
import { ranksOf, SketchFacet } from "./sketch-facet.ts";
import type { SketchTransaction } from "./sketch-port.ts";

/** Reads and writes of HyperLogLogs as operations. */
export class SketchWrites implements SketchTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): Uint8Array | null | "other" | "damaged" {
    const facet = this.#host.visible(key);
    if (facet === null) return null;
    if (facet instanceof SketchFacet) return facet.registers;
    const text = this.#host.read(key, StringFacet)!.text()!;
    if (!looksLikeSketch(text)) return "other";
    return sketchFromString(text) ?? "damaged";
  }

  raise(key: string, ranks: readonly RegisterRank[]): boolean {
    const { db } = this.#host;
    const facet = this.#host.visible(key);
    const before = this.get(key);
    const registers = before instanceof Uint8Array ? before : new Uint8Array(REGISTER_COUNT);
    const highest = new Map<number, number>();
    for (const { index, rank } of ranks) {
      if (rank > Math.max(registers[index]!, highest.get(index) ?? 0)) highest.set(index, rank);
    }
    const raised = [...highest]
      .map(([index, rank]) => ({ index, rank }))
      .toSorted((left, right) => left.index - right.index);
    if (raised.length === 0 && before !== null) return false;
    if (facet instanceof StringFacet) {
      const whole = [...ranksOf(registers), ...raised];
      const merged = new Uint8Array(REGISTER_COUNT);
      for (const { index, rank } of whole) merged[index] = Math.max(merged[index]!, rank);
      const atMs = facet.deadline();
      this.#host.replace(key, null, [
        { op: OP.sketchRaise, db, key, ranks: ranksOf(merged) },
        { op: OP.deadline, db, key, type: "sketch", mode: "set", atMs },
      ]);
    } else this.#host.write(key, "sketch", [{ op: OP.sketchRaise, db, key, ranks: raised }]);
    return true;
  }
}
