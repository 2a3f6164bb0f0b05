import type { BinaryString } from "../../base/bytes.ts";
import type { UserRules } from "./user-rules.ts";

/**
 * A user as sessions hold it: the same object for as long as the user exists, so that a change of its rules is a change for
 * everyone who came as it.
 */
export class User {
  readonly name: BinaryString;
  #rules: UserRules;
  #allowsAll: boolean;
  /** Deleted: whoever came as it has to go. */
  isGone = false;

  constructor(name: BinaryString, rules: UserRules) {
    this.name = name;
    this.#rules = rules;
    this.#allowsAll = rules.allowsAll;
  }

  get rules(): UserRules {
    return this.#rules;
  }

  set rules(rules: UserRules) {
    this.#rules = rules;
    this.#allowsAll = rules.allowsAll;
  }

  /** Nothing has to be checked: asked on every command. */
  get allowsAll(): boolean {
    return this.#allowsAll;
  }
}
