import type { ValueOperation } from "../../../crdt/operation.ts";
import { SYSTEM_DATABASE, OP } from "../../../crdt/operations/operation-kind.ts";
import { counterGifts, CounterRights, counterWish, formatWish } from "../../../crdt/limit/counter-rights.ts";
import {
  givenField,
  isCounterField,
  mintedField,
  parseField,
  returnedField,
  spentField,
  wishField,
} from "../../../crdt/limit/limit-fields.ts";
import { parsePolicy, type LimitAnswer, type LimitPolicy } from "../../../crdt/limit/limit-policy.ts";
import { outdatedFields, WindowRights } from "../../../crdt/limit/window-rights.ts";
import type { VersionVector } from "../../../crdt/version-vector.ts";
import { WrongTypeError } from "../../transaction-port.ts";
import { HashFacet } from "../hash/hash-facet.ts";
import type { TypeHost } from "../type-host.ts";
import { LimitFacet } from "./limit-facet.ts";
import type { DefinedPolicy, LimitTransaction } from "./limit-port.ts";

/** The hash of the system database that holds the policies: name → definition. */
export const POLICIES_KEY = "limits";

/**
 * How long a rate limit is kept after nothing of it matters any more, by the clock of who used it: regions whose clocks are behind
 * must not lose their account of a window that they are still in.
 */
const KEPT_MS = 60_000;

/** What limits need of a transaction besides. */
export interface LimitHost extends TypeHost {
  stableFrontier(): VersionVector;
  inDatabase<T>(db: number, body: () => T): T;
  setDeadline(key: string, atMs: number): void;
}

/** Reads and writes of limits as operations. */
export class LimitWrites implements LimitTransaction {
  readonly #host: LimitHost;
  /** Definitions that were once found to be known everywhere, each with the write that it was. */
  readonly #known = new Map<string, string>();

  constructor(host: LimitHost) {
    this.#host = host;
  }

  // --- bounded counters -------------------------------------------------------------------------------------------

  counter(key: string): CounterRights | null {
    const fields = this.#fields(key);
    if (fields === null) return null;
    for (const field of fields.keys()) if (!isCounterField(field)) throw new WrongTypeError();
    return CounterRights.read(fields);
  }

  mint(key: string, amount: number): void {
    this.#add(key, mintedField(this.#host.region), amount);
    this.answerWishes(key);
  }

  spend(key: string, amount: number): LimitAnswer {
    const { region, nowMs } = this.#host;
    const rights = this.counter(key)!;
    const isHere = rights.of(region) >= amount;
    if (isHere) this.#add(key, spentField(region), amount);
    const after = isHere ? this.counter(key)! : rights;
    const isLow = after.of(region) < after.left / 8;
    const wish = isHere && !isLow ? null : counterWish(after, region, isHere ? 0 : amount, nowMs);
    if (wish !== null) this.#put(key, [wishField(region), formatWish(wish)]);
    if (isHere) return "granted";
    return rights.left >= amount ? "elsewhere" : "gone";
  }

  giveBack(key: string, amount: number): void {
    this.#add(key, returnedField(this.#host.region), amount);
    this.answerWishes(key);
  }

  move(key: string, to: string, amount: number): void {
    this.#add(key, givenField(this.#host.region, to), amount);
  }

  reclaim(key: string, from: string, amount: number): void {
    this.#add(key, givenField(from, this.#host.region), amount);
  }

  // --- rate limits ------------------------------------------------------------------------------------------------

  policy(name: string): DefinedPolicy | null {
    return this.#host.inDatabase(SYSTEM_DATABASE, () => {
      const register = this.#host.read(POLICIES_KEY, HashFacet)?.visibleField(name, this.#host.nowMs);
      const policy = register === undefined ? null : parsePolicy(register.text()!);
      if (register === undefined || policy === null) return null;
      const { origin, sequence } = register.shownBase()!;
      const write = `${origin}:${sequence}`;
      // Once it is known everywhere it stays so; a write after it is another one.
      let isActive = policy.mode === "approximate" || (this.#known.get(name) === write && !register.isConflicted);
      if (!isActive && register.isWithin(this.#host.stableFrontier())) {
        isActive = true;
        this.#known.set(name, write);
      }
      return { policy, isActive };
    });
  }

  window(key: string, policy: LimitPolicy): WindowRights {
    const fields = this.#fields(key);
    for (const field of fields?.keys() ?? []) if (isCounterField(field)) throw new WrongTypeError();
    return new WindowRights(policy, fields ?? new Map(), this.#host.region, this.#host.nowMs);
  }

  take(key: string, policy: LimitPolicy, amount: number): LimitAnswer {
    const { db } = this.#host;
    const rights = this.window(key, policy);
    const answer = rights.answer(amount);
    const isHere = answer === "granted";
    if (isHere) {
      const operations: ValueOperation[] = [{ op: OP.limitPut, db, key, pairs: rights.take(amount) }];
      const outdated = outdatedFields(this.#fields(key)?.keys() ?? [], policy.version);
      if (outdated.length > 0) operations.unshift({ op: OP.limitRemove, db, key, fields: outdated });
      this.#host.write(key, "limit", operations);
    }
    const wish = (isHere ? this.window(key, policy) : rights).wish(isHere ? 0 : amount);
    if (wish.length > 0) this.#put(key, wish);
    if (isHere || wish.length > 0) {
      const untilMs = rights.forgottenAtMs + KEPT_MS;
      // Never shortened: another region may be ahead of us, or count by longer windows.
      if (this.#host.visible(key)!.deadline() < untilMs) this.#host.setDeadline(key, untilMs);
    }
    return answer;
  }

  answerWishes(key: string): void {
    const fields = this.#fields(key);
    if (fields === null) return;
    const { region, nowMs } = this.#host;
    if ([...fields.keys()].every(isCounterField)) {
      const rights = CounterRights.read(fields);
      for (const [to, amount] of counterGifts(rights, region)) this.#add(key, givenField(region, to), amount);
      return;
    }
    for (const policy of this.#policiesAskedFor(fields)) {
      const pairs = new WindowRights(policy, fields, region, nowMs).lend();
      if (pairs.length > 0) this.#put(key, pairs);
    }
  }

  /** Active policies under which somebody asks for a part of the key. */
  #policiesAskedFor(fields: ReadonlyMap<string, string>): LimitPolicy[] {
    const versions = new Set<string>();
    for (const field of fields.keys()) {
      const { kind, words } = parseField(field);
      if (kind === "q") versions.add(words[0]!);
    }
    const names = this.#host.inDatabase(SYSTEM_DATABASE, () => [
      ...(this.#host.read(POLICIES_KEY, HashFacet)?.elementNames() ?? []),
    ]);
    const policies: LimitPolicy[] = [];
    for (const name of names) {
      const defined = this.policy(name);
      if (defined === null || !defined.isActive || !versions.delete(defined.policy.version)) continue;
      policies.push(defined.policy);
    }
    return policies;
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  #fields(key: string): Map<string, string> | null {
    return this.#host.read(key, LimitFacet)?.fields() ?? null;
  }

  #add(key: string, field: string, delta: number): void {
    this.#host.write(key, "limit", [{ op: OP.limitAdd, db: this.#host.db, key, field, delta }]);
  }

  #put(key: string, pairs: readonly string[]): void {
    this.#host.write(key, "limit", [{ op: OP.limitPut, db: this.#host.db, key, pairs }]);
  }
}
