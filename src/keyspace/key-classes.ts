import { KEY_CLASSES, ruleFor, type ClassRule, type KeyClass } from "../crdt/key-class.ts";
import { SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import type { KeyTable } from "./key-table.ts";
import { HashFacet } from "./types/hash/hash-facet.ts";
import type { Watchers } from "./watchers.ts";

/** The hash of the system database that holds the rules: prefix → class and milliseconds. */
export const CLASSES_KEY = "classes";
/** Row R: what holds unless an operator says otherwise. Thirty days is the longest life of a session that a final delete outlasts. */
export const DEFAULT_LAPSE_MS = 30 * 24 * 3_600_000;
const DEFAULT_RULES: readonly ClassRule[] = [{ prefix: "sess:", keyClass: "delete-wins", lapseMs: DEFAULT_LAPSE_MS }];

export function encodeClassRule(keyClass: KeyClass, lapseMs: number): string {
  return `${keyClass} ${lapseMs}`;
}

/** Classes of keys: data of the database, the same in every region once converged. Read when asked for, kept until they change. */
export class KeyClasses {
  readonly #table: KeyTable;
  #rules: readonly ClassRule[] | null = null;

  constructor(table: KeyTable, watchers: Watchers) {
    this.#table = table;
    watchers.listenToSystem((key) => {
      if (key === CLASSES_KEY || key === null) this.#rules = null;
    });
  }

  get rules(): readonly ClassRule[] {
    return (this.#rules ??= this.#read());
  }

  /** Null: update-wins. */
  ruleOf(db: number, key: string): ClassRule | null {
    if (db === SYSTEM_DATABASE) return null;
    const rule = ruleFor(this.rules, key);
    return rule === null || rule.keyClass === "update-wins" ? null : rule;
  }

  #read(): readonly ClassRule[] {
    const rules = new Map(DEFAULT_RULES.map((rule) => [rule.prefix, rule]));
    const facet = this.#table.find(SYSTEM_DATABASE, CLASSES_KEY)?.facetOf("hash");
    if (facet instanceof HashFacet) {
      for (const [prefix, register] of facet.entries()) {
        const [name, lapse] = register.text()!.split(" ");
        const keyClass = KEY_CLASSES.find((one) => one === name);
        if (keyClass !== undefined) rules.set(prefix, { prefix, keyClass, lapseMs: Number(lapse) });
      }
    }
    return [...rules.values()];
  }
}
