import { NO_DEADLINE } from "../../../crdt/deadline.ts";
import { OP } from "../../../crdt/operations/operation-kind.ts";
import type { TypeHost } from "../type-host.ts";
import { SetFacet } from "./set-facet.ts";
import type { SetTransaction, SetView } from "./set-port.ts";

/** Sets up to this many members are answered whole by SSCAN, as Redis does for its compact encoding. */
const SSCAN_WHOLE_MEMBERS_MAX = 128;

/** Reads and writes of sets as operations. */
export class SetWrites implements SetTransaction {
  readonly #host: TypeHost;

  constructor(host: TypeHost) {
    this.#host = host;
  }

  get(key: string): SetView | null {
    const facet = this.#host.read(key, SetFacet);
    return facet === null ? null : setView(facet);
  }

  add(key: string, members: readonly string[]): void {
    this.#host.write(key, "set", [{ op: OP.setAdd, db: this.#host.db, key, members }]);
  }

  remove(key: string, members: readonly string[]): void {
    if (this.#host.visible(key) === null) return;
    this.#host.write(key, "set", [{ op: OP.setRemove, db: this.#host.db, key, members }]);
  }

  store(key: string, members: readonly string[]): void {
    if (members.length === 0) {
      this.#host.delete(key);
      return;
    }
    const { db } = this.#host;
    this.#host.replace(key, null, [
      { op: OP.setAdd, db, key, members },
      { op: OP.deadline, db, key, type: "set", mode: "set", atMs: NO_DEADLINE },
    ]);
  }
}

function setView(facet: SetFacet): SetView {
  const { members } = facet;
  return {
    size: members.size,
    has: (member) => members.has(member),
    members: members.names,
    scan(cursor, count, visit) {
      if (members.size > SSCAN_WHOLE_MEMBERS_MAX) return facet.scan(cursor, count, visit);
      if (cursor === 0) for (const member of members.names) visit(member);
      return 0;
    },
  };
}
