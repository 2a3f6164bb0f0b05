import { stampOfWallMs } from "../crdt/hlc.ts";
import type { ClassRule } from "../crdt/key-class.ts";
import type { Operation } from "../crdt/operation.ts";
import { OP, SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import type { VersionVector } from "../crdt/version-vector.ts";
import { DEFAULT_LAPSE_MS, type KeyClasses } from "./key-classes.ts";
import type { RevocationTransaction } from "./revocation-port.ts";
import { HashFacet, parseSessionField } from "./types/hash/hash-facet.ts";
import type { TypeHost } from "./types/type-host.ts";

/** Entries of a user's list of sessions that one OWN looks at to forget old ones. */
const FORGET_EXAMINED_MAX = 16;

export interface RevocationHost extends TypeHost {
  readonly classes: KeyClasses;
  /** What every member has durably, as far as is known here. */
  stableFrontier(): VersionVector;
  /** Acts on another database meanwhile. */
  inDatabase<T>(db: number, body: () => T): T;
  /** Throws FinalKeyError for a key that was ended for good. */
  refuseFinal(key: string): void;
  /** Throws BatchTooLargeError before anything happened. */
  emitAll(operations: readonly Operation[]): void;
}

/** Classes of keys, ends for good, owners and what ends their sessions (rows R1–R6), as operations. */
export class RevocationWrites implements RevocationTransaction {
  readonly #host: RevocationHost;

  constructor(host: RevocationHost) {
    this.#host = host;
  }

  rules(): readonly ClassRule[] {
    return this.#host.classes.rules;
  }

  end(key: string): void {
    const { db, nowMs } = this.#host;
    this.#host.emitAll([{ op: OP.keyEnd, db, key, final: true, lapseAtMs: nowMs + this.#lapseMs(key) }]);
  }

  own(key: string, user: string): void {
    const list = ownerKey(user);
    const lapseMs = this.#lapseMs(key);
    const sessionDb = this.#host.db;
    this.#host.refuseFinal(key);
    this.#host.inDatabase(SYSTEM_DATABASE, () => {
      const old = this.#forgettable(list, lapseMs);
      if (old.length > 0) {
        this.#host.write(list, "hash", [{ op: OP.hashRemove, db: SYSTEM_DATABASE, key: list, fields: old }]);
      }
      this.#host.write(list, "hash", [{ op: OP.keyOwn, db: SYSTEM_DATABASE, key: list, sessionDb, session: key }]);
    });
  }

  endUser(user: string): void {
    const lapseMs = Math.max(DEFAULT_LAPSE_MS, ...this.rules().map((rule) => rule.lapseMs));
    const list = ownerKey(user);
    const lapseAtMs = this.#host.nowMs + lapseMs;
    const known = this.#host.inDatabase(SYSTEM_DATABASE, () => this.#host.read(list, HashFacet)?.elementNames() ?? []);
    const ends = Array.from(known, (field): Operation => {
      const { db, session } = parseSessionField(field);
      return { op: OP.keyEnd, db, key: session, final: true, lapseAtMs };
    });
    this.#host.emitAll([...ends, { op: OP.userRevoke, db: SYSTEM_DATABASE, key: list, lapseAtMs }]);
  }

  #lapseMs(key: string): number {
    return this.#host.classes.ruleOf(this.#host.db, key)?.lapseMs ?? DEFAULT_LAPSE_MS;
  }

  /**
   * Sessions owned for longer than one can live leave the list, a few at a time: only stable ones, so that no revocation that
   * had not heard of them can still come.
   */
  #forgettable(list: string, lapseMs: number): readonly string[] {
    const facet = this.#host.read(list, HashFacet);
    if (facet === null) return [];
    const before = stampOfWallMs(this.#host.nowMs - lapseMs);
    const frontier = this.#host.stableFrontier();
    const old: string[] = [];
    let examined = 0;
    for (const [field, register] of facet.entries()) {
      if (++examined > FORGET_EXAMINED_MAX) break;
      if (register.stamp < before && register.isWithin(frontier)) old.push(field);
    }
    return old;
  }
}

/** The list of a user's sessions, in the system database (row R6). */
function ownerKey(user: string): string {
  return `owner:${user}`;
}
