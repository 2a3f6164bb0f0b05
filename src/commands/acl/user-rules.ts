import { createHash, timingSafeEqual } from "node:crypto";
import type { BinaryString } from "../../base/bytes.ts";
import { splitInline } from "../../resp/inline.ts";
import type { CommandInfo } from "../command-meta.ts";
import type { CommandNames } from "./command-rules.ts";
import { BAD_HASH, NO_SUCH_PASSWORD, SYNTAX } from "./rule-fault.ts";
import { Selector, type Denial } from "./selector.ts";

const HASH = /^[0-9a-f]{64}$/u;
const DENIAL_RANK = { command: 0, key: 1, channel: 2 } as const;

export function hashPassword(password: BinaryString): string {
  return createHash("sha256").update(password, "latin1").digest("hex");
}

/** What a user may do and how it proves who it is: built rule by rule, then only read. Its text says all of it. */
export class UserRules {
  #enabled = false;
  #anyPassword = false;
  #sanitizesPayload = true;
  #passwords: readonly string[] = [];
  #root = new Selector();
  #others: readonly Selector[] = [];

  /** A new user: off, without passwords and rights; `allChannels`: the setting `acl-pubsub-default`. */
  static fresh(allChannels: boolean, commands: CommandNames): UserRules {
    const rules = new UserRules();
    if (allChannels) rules.#root.apply("allchannels", commands);
    return rules;
  }

  /** Out of a text that `text` made here or in another region. Throws RuleFault. */
  static parse(text: BinaryString, commands: CommandNames): UserRules {
    const rules = new UserRules();
    for (const word of mergeSelectors(text.split(" ")) ?? []) {
      if (word !== "") rules.apply(word, commands, false, true);
    }
    return rules;
  }

  copy(): UserRules {
    const copy = new UserRules();
    copy.#enabled = this.#enabled;
    copy.#anyPassword = this.#anyPassword;
    copy.#sanitizesPayload = this.#sanitizesPayload;
    copy.#passwords = this.#passwords;
    copy.#root = this.#root.copy();
    copy.#others = this.#others;
    return copy;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** `nopass`: every password is right. */
  get anyPassword(): boolean {
    return this.#anyPassword;
  }

  /** SHA-256, hexadecimal. */
  get passwords(): readonly string[] {
    return this.#passwords;
  }

  get root(): Selector {
    return this.#root;
  }

  /** All but the root. */
  get selectors(): readonly Selector[] {
    return this.#others;
  }

  get flags(): readonly string[] {
    return [
      this.#enabled ? "on" : "off",
      ...(this.#anyPassword ? ["nopass"] : []),
      this.#sanitizesPayload ? "sanitize-payload" : "skip-sanitize-payload",
    ];
  }

  /** As ACL LIST shows it and ACL SETUSER takes it. */
  get text(): BinaryString {
    const passwords = this.#passwords.map((hash) => `#${hash}`);
    const others = this.#others.map((selector) => `(${selector.text})`);
    return [...this.flags, ...passwords, this.#root.text, ...others].join(" ");
  }

  /** No check of commands, keys and channels could ever refuse anything. */
  get allowsAll(): boolean {
    return this.#root.allowsAll;
  }

  /** No key is hidden from it. */
  get readsAllKeys(): boolean {
    return [this.#root, ...this.#others].some((selector) => selector.readsAllKeys);
  }

  /** Null when one of the selectors allows the call; else the refusal that says most. */
  denial(command: CommandInfo, argv: readonly BinaryString[]): Denial | null {
    let worst: Denial | null = null;
    for (const selector of [this.#root, ...this.#others]) {
      const denial = selector.denial(command, argv);
      if (denial === null) return null;
      const rank = worst === null ? -1 : DENIAL_RANK[worst.reason] - DENIAL_RANK[denial.reason];
      if (worst === null || rank < 0 || (rank === 0 && denial.index > worst.index)) worst = denial;
    }
    return worst;
  }

  /** `isPattern`: a right must name that very pattern. */
  allowsChannel(channel: BinaryString, isPattern: boolean): boolean {
    return [this.#root, ...this.#others].some((selector) => selector.allowsChannel(channel, isPattern));
  }

  /** Takes as long whatever the difference is. A user that is off has no right password. */
  accepts(password: BinaryString): boolean {
    if (!this.#enabled) return false;
    if (this.#anyPassword) return true;
    const given = Buffer.from(hashPassword(password));
    let found = false;
    for (const known of this.#passwords) if (timingSafeEqual(Buffer.from(known), given)) found = true;
    return found;
  }

  /** Applies one rule of ACL SETUSER. Throws RuleFault. */
  apply(rule: BinaryString, commands: CommandNames, allChannels: boolean, lenient = false): void {
    if (rule === "") return;
    switch (rule.toLowerCase()) {
      case "on":
      case "off":
        this.#enabled = rule.toLowerCase() === "on";
        return;
      case "sanitize-payload":
      case "skip-sanitize-payload":
        this.#sanitizesPayload = rule.toLowerCase() === "sanitize-payload";
        return;
      case "nopass":
      case "resetpass":
        this.#anyPassword = rule.toLowerCase() === "nopass";
        this.#passwords = [];
        return;
      case "clearselectors":
        this.#others = [];
        return;
      case "reset":
        this.#become(UserRules.fresh(allChannels, commands));
        return;
      default:
        if (rule.startsWith("(") && rule.endsWith(")")) this.#addSelector(rule, commands, lenient);
        else if (!this.#applyPassword(rule)) this.#root.apply(rule, commands, lenient);
    }
  }

  #become(other: UserRules): void {
    this.#enabled = other.#enabled;
    this.#anyPassword = other.#anyPassword;
    this.#sanitizesPayload = other.#sanitizesPayload;
    this.#passwords = other.#passwords;
    this.#root = other.#root;
    this.#others = other.#others;
  }

  #addSelector(rule: BinaryString, commands: CommandNames, lenient: boolean): void {
    const words = splitInline(rule.slice(1, -1));
    if (words === null) throw SYNTAX;
    const selector = new Selector();
    for (const word of words) selector.apply(word, commands, lenient);
    this.#others = [...this.#others, selector];
  }

  /** `>password #hash <password !hash`. False when the rule is none of them. */
  #applyPassword(rule: BinaryString): boolean {
    const kind = rule[0]!;
    if (!"><#!".includes(kind)) return false;
    const isHash = kind === "#" || kind === "!";
    const hash = isHash ? rule.slice(1) : hashPassword(rule.slice(1));
    if (!HASH.test(hash)) throw BAD_HASH;
    const known = this.#passwords.includes(hash);
    if (kind === ">" || kind === "#") {
      if (!known) this.#passwords = [...this.#passwords, hash];
      this.#anyPassword = false;
    } else {
      if (!known) throw NO_SUCH_PASSWORD;
      this.#passwords = this.#passwords.filter((one) => one !== hash);
    }
    return true;
  }
}

/** A selector may come as several words: `(+get` `~a*)`. Null when one is not closed. */
export function mergeSelectors(words: readonly BinaryString[]): BinaryString[] | null {
  const merged: BinaryString[] = [];
  let open: BinaryString | null = null;
  for (const word of words) {
    if (open === null && word.startsWith("(") && !word.endsWith(")")) {
      open = word;
      continue;
    }
    if (open === null) {
      merged.push(word);
      continue;
    }
    open += ` ${word}`;
    if (!word.endsWith(")")) continue;
    merged.push(open);
    open = null;
  }
  return open === null ? merged : null;
}
