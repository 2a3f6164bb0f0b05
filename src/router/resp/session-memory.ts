import type { BinaryString } from "../../base/bytes.ts";
import type { ScannedCommand } from "./request-scanner.ts";

/**
 * What a region knows of a client's connection, as far as another region must be told it to go on in its place: who it is, the protocol,
 * the database, its names. Pure: commands and the outcomes of their replies go in. A session with state that cannot be told
 * (a transaction, watched keys, subscriptions, tracking) stays where it is.
 */
type Telling =
  | { readonly kind: "auth"; readonly words: readonly BinaryString[] }
  | { readonly kind: "hello"; readonly words: readonly BinaryString[] }
  | { readonly kind: "select"; readonly db: BinaryString }
  | { readonly kind: "client"; readonly topic: string; readonly words: readonly BinaryString[] };

type Effect =
  | Telling
  | { readonly kind: "multi" }
  | { readonly kind: "end" }
  | { readonly kind: "watch" }
  | { readonly kind: "unwatch" }
  | { readonly kind: "reset" };

/** Their replies cannot be counted, or what they ask for comes without being asked for again. */
const BINDING: ReadonlySet<string> = new Set([
  "SUBSCRIBE",
  "PSUBSCRIBE",
  "SSUBSCRIBE",
  "UNSUBSCRIBE",
  "PUNSUBSCRIBE",
  "SUNSUBSCRIBE",
  "MONITOR",
  "SYNC",
  "PSYNC",
  "REPLCONF",
  "QUIT",
]);

const KEPT: ReadonlySet<string> = new Set(["AUTH", "HELLO", "SELECT", "CLIENT"]);

/** Parts of CLIENT that set something another region can be told; TRACKING, CACHING and REPLY bind. */
const TOLD: ReadonlySet<string> = new Set(["SETNAME", "SETINFO", "NO-EVICT", "NO-TOUCH"]);
const BINDING_PARTS: ReadonlySet<string> = new Set(["TRACKING", "CACHING", "REPLY"]);

/** Of commands that wait for their replies, those that change nothing here are counted, not kept. */
type Expected = number | Effect;

/** Whether the words of this command are wanted. */
export function keepsWords(name: string): boolean {
  return KEPT.has(name);
}

/** As whom a command wants to be let in: a user's name, "" where it cannot be told; null: it does not ask for that. */
export function claimedUser({ name, words }: ScannedCommand): BinaryString | null {
  if (name !== "AUTH" && name !== "HELLO") return null;
  if (words === null) return "";
  if (name === "AUTH") return words.length > 2 ? words[1]! : "default";
  const at = words.findIndex((word, index) => index > 1 && word.toUpperCase() === "AUTH");
  return at < 0 ? null : (words[at + 1] ?? "");
}

export class SessionMemory {
  #auth: readonly BinaryString[] | null = null;
  #protocol: BinaryString | null = null;
  #db: BinaryString = "0";
  readonly #client = new Map<string, readonly BinaryString[]>();
  readonly #expected: Expected[] = [];
  #inTransaction = false;
  #watches = false;
  #isBound = false;
  #hasQuit = false;

  /** Can never go elsewhere; nothing more need be told to this memory. */
  get isBound(): boolean {
    return this.#isBound;
  }

  /** The client has said goodbye. */
  get hasQuit(): boolean {
    return this.#hasQuit;
  }

  get owesReplies(): boolean {
    return this.#expected.length > 0;
  }

  /** Nothing would be lost if another region went on from here. */
  get canMove(): boolean {
    return !this.#isBound && !this.#inTransaction && !this.#watches && this.#expected.length === 0;
  }

  /** Its state cannot be told to another region; null: it can. */
  get stays(): string | null {
    if (this.#isBound) return "subscribed, tracking or not understood";
    if (this.#inTransaction) return "in a transaction";
    if (this.#watches) return "watching keys";
    return null;
  }

  /** From here on it is not known what the client and the region say to each other. */
  bind(): void {
    this.#isBound = true;
  }

  sent({ name, words }: ScannedCommand): void {
    if (this.#isBound) return;
    if (name === "QUIT") this.#hasQuit = true;
    if (BINDING.has(name) || (KEPT.has(name) && words === null)) {
      this.#isBound = true;
      return;
    }
    const effect = this.#effectOf(name, words ?? []);
    if (effect !== null) this.#expected.push(effect);
    else if (typeof this.#expected.at(-1) === "number") (this.#expected[this.#expected.length - 1] as number)++;
    else this.#expected.push(1);
  }

  answered(isError: boolean): void {
    if (this.#isBound) return;
    const first = this.#expected[0];
    if (first === undefined) {
      // A reply nobody asked for: the region ends the connection, or is none.
      this.#isBound = true;
      return;
    }
    if (typeof first === "number" && first > 1) {
      this.#expected[0] = first - 1;
      return;
    }
    this.#expected.shift();
    if (typeof first !== "number") this.#take(first, isError);
  }

  /** The commands that make a fresh connection into this one. */
  introduction(): readonly (readonly BinaryString[])[] {
    const commands: (readonly BinaryString[])[] = [];
    if (this.#auth !== null) commands.push(["AUTH", ...this.#auth]);
    if (this.#protocol !== null) commands.push(["HELLO", this.#protocol]);
    commands.push(...this.#client.values());
    if (this.#db !== "0") commands.push(["SELECT", this.#db]);
    return commands;
  }

  #effectOf(name: string, words: readonly BinaryString[]): Effect | null {
    switch (name) {
      case "AUTH":
        return { kind: "auth", words: words.slice(1) };
      case "HELLO":
        return words.length > 1 ? { kind: "hello", words: words.slice(1) } : null;
      case "SELECT":
        return { kind: "select", db: words[1] ?? "0" };
      case "CLIENT":
        return this.#clientEffect(words);
      case "MULTI":
        return { kind: "multi" };
      case "EXEC":
      case "DISCARD":
        return { kind: "end" };
      case "WATCH":
        return { kind: "watch" };
      case "UNWATCH":
        return { kind: "unwatch" };
      case "RESET":
        return { kind: "reset" };
      default:
        return null;
    }
  }

  #clientEffect(words: readonly BinaryString[]): Effect | null {
    const part = words[1]?.toUpperCase() ?? "";
    if (BINDING_PARTS.has(part)) this.#isBound = true;
    if (!TOLD.has(part)) return null;
    const topic = part === "SETINFO" ? `${part} ${words[2]?.toUpperCase()}` : part;
    return { kind: "client", topic, words };
  }

  #take(effect: Effect, isError: boolean): void {
    if (effect.kind === "end") {
      // Without a transaction it is an error that ends nothing.
      if (isError && !this.#inTransaction) return;
      this.#inTransaction = false;
      this.#watches = false;
      return;
    }
    if (isError) return;
    switch (effect.kind) {
      case "multi":
        this.#inTransaction = true;
        return;
      case "watch":
        this.#watches = true;
        return;
      case "unwatch":
        this.#watches = this.#watches && this.#inTransaction;
        return;
      case "reset":
        this.#forget();
        return;
      default:
        // Queued in a transaction, it is not done yet, and may never be.
        if (this.#inTransaction) this.#isBound = true;
        else this.#tell(effect);
    }
  }

  #tell(effect: Telling): void {
    switch (effect.kind) {
      case "auth":
        this.#auth = effect.words;
        return;
      case "select":
        this.#db = effect.db;
        return;
      case "client":
        this.#client.set(effect.topic, effect.words);
        return;
      default:
        this.#hello(effect.words);
    }
  }

  /** `HELLO protocol [AUTH user password] [SETNAME name]` */
  #hello(words: readonly BinaryString[]): void {
    this.#protocol = words[0]!;
    for (let at = 1; at < words.length; at++) {
      const option = words[at]!.toUpperCase();
      if (option === "AUTH") {
        this.#auth = words.slice(at + 1, at + 3);
        at += 2;
      } else if (option === "SETNAME") {
        this.#client.set("SETNAME", ["CLIENT", "SETNAME", words[at + 1] ?? ""]);
        at += 1;
      }
    }
  }

  #forget(): void {
    this.#auth = null;
    this.#protocol = null;
    this.#db = "0";
    this.#client.clear();
    this.#inTransaction = false;
    this.#watches = false;
  }
}
