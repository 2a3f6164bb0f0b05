import { NO_DEADLINE, type DeadlineMs } from "../../../crdt/deadline.ts";
import type { Delta } from "../../../crdt/delta.ts";
import { sketchToString } from "../../../crdt/sketch/sketch-string.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import { SketchFacet } from "../sketch/sketch-facet.ts";
import type { TypeHost } from "../type-host.ts";
import { StringFacet } from "./string-facet.ts";
import { KEEP_DEADLINE, type StringTransaction } from "./string-port.ts";

/** Reads and writes of strings as operations. */
export class StringWrites implements StringTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): string | null {
    const facet = this.#host.visible(key);
    // To clients a sketch is a string, the one that Redis would keep it in.
    if (facet instanceof SketchFacet) return sketchToString(facet.registers);
    return this.#host.read(key, StringFacet)?.readText() ?? null;
  }

  set(key: string, value: string, deadline: DeadlineMs | typeof KEEP_DEADLINE): void {
    const deadlineMs: DeadlineMs =
      deadline === KEEP_DEADLINE ? (this.#host.visible(key)?.deadline() ?? NO_DEADLINE) : deadline;
    if (deadlineMs !== NO_DEADLINE && deadlineMs <= this.#host.nowMs) {
      this.#host.delete(key);
      return;
    }
    // A plain string is simply overwritten.
    this.#host.replace(key, "string", [{ op: OP.stringSet, db: this.#host.db, key, value, deadlineMs }]);
  }

  add(key: string, delta: Delta): void {
    this.#host.write(key, "string", [{ op: OP.stringAdd, db: this.#host.db, key, delta }]);
  }
}
