import type { BinaryString } from "../../base/bytes.ts";
import type { Database } from "../../keyspace/database-port.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { CommandNames } from "./command-rules.ts";
import { digestOfToken, isTokenValid, parseStoredToken, type StoredToken } from "./rest-tokens.ts";
import { RuleFault } from "./rule-fault.ts";
import { readStored, TOKENS, USERS } from "./stored-users.ts";
import { User } from "./user.ts";
import { hashPassword, UserRules } from "./user-rules.ts";

export const DEFAULT_USER = "default";
/** Everything, without a password: what `default` is before anybody says otherwise, and what the operator's token may do. */
const ALL_RIGHTS = "on nopass ~* &* +@all";
/** A read-only token: reads, but lists nothing that its holder was not told of. */
const READ_ONLY_RIGHTS = "on nopass ~* &* +@all -@write -@admin -@scripting -keys -scan";

export interface AccessParts {
  readonly commands: CommandNames;
  /** SHA-256 of the setting `requirepass`; null when it is empty. */
  readonly requiredPassword: () => string | null;
  /** A text that another region stored makes no sense here. */
  readonly onUnreadable: (user: BinaryString, reason: string) => void;
  /** Something changed, and nothing may be read yet: call `refresh` soon. */
  readonly onStale: () => void;
  /** Users are gone or changed: connections have to be looked at. */
  readonly onChanged: () => void;
}

/**
 * Who may do what: the users of the database, as this node knows them now. The database is the truth; here is what its texts come
 * to. A change by anyone marks it stale, and it is read again before the next command is judged.
 *
 * `default` exists always. As long as the database says nothing of it, it may do everything, with the region's `requirepass` as
 * its password; once it does, that counts, in every region.
 */
export class AccessControl {
  readonly #parts: AccessParts;
  readonly #users = new Map<BinaryString, User>();
  #stored = new Map<BinaryString, BinaryString>();
  #tokens = new Map<string, StoredToken>();
  #database: Database;
  #stopListening: () => void;
  #isStale = true;
  #passwordChanged = false;
  readonly default: User;
  /** Who holds the operator's REST token. ACL knows it not: no rule can lock the operator out. */
  readonly operator: User;
  /** Who holds the operator's read-only token. */
  readonly readOnly: User;

  constructor(parts: AccessParts, database: Database) {
    this.#parts = parts;
    const rules = (text: string): UserRules => UserRules.parse(text, parts.commands);
    this.default = new User(DEFAULT_USER, rules(ALL_RIGHTS));
    this.operator = new User(DEFAULT_USER, rules(ALL_RIGHTS));
    this.readOnly = new User("read-only", rules(READ_ONLY_RIGHTS));
    this.#users.set(DEFAULT_USER, this.default);
    this.#database = database;
    this.#stopListening = this.#listen();
  }

  /** Another database from now on. */
  serve(database: Database): void {
    this.#stopListening();
    this.#database = database;
    this.#stopListening = this.#listen();
    this.#note();
  }

  /**
   * `requirepass` changed: it is the password of a `default` of which the database says nothing. A definition is changed with it,
   * in every region, as Redis changes its default user: at the next look, which may be inside a transaction.
   */
  passwordChanged(): void {
    this.#passwordChanged = true;
    this.#note();
  }

  /** Nobody needs a password to come as `default`. */
  get isOpen(): boolean {
    const { enabled, anyPassword } = this.default.rules;
    return enabled && anyPassword;
  }

  /** Reads again what has changed. `tx`: the transaction that is open; null when none is. */
  refresh(tx: Transaction | null): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const [users, tokens] =
      tx === null ? this.#database.transact(0, (own) => this.#readStored(own)).value : this.#readStored(tx);
    this.#tokens = new Map();
    for (const [digest, text] of tokens) {
      const token = parseStoredToken(text);
      if (token !== null) this.#tokens.set(digest, token);
    }
    this.#adopt(users);
  }

  /** As the database has it now; not within a transaction. */
  named(name: BinaryString): User | undefined {
    this.refresh(null);
    return this.#users.get(name);
  }

  find(name: BinaryString): User | undefined {
    return this.#users.get(name);
  }

  /** In the order of their names. */
  users(): readonly User[] {
    return [...this.#users.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The user, when the password is right. */
  authenticate(name: BinaryString, password: BinaryString): User | null {
    const user = this.#users.get(name);
    // A user that is not there takes as long as one that is.
    if (user === undefined) hashPassword(password);
    return user?.rules.accepts(password) === true ? user : null;
  }

  /** Whose rights a REST token gives that ACL RESTTOKEN issued. */
  ofToken(token: BinaryString): User | null {
    this.refresh(null);
    const stored = this.#tokens.get(digestOfToken(token));
    const user = stored === undefined ? undefined : this.#users.get(stored.user);
    return user !== undefined && isTokenValid(stored!, user.rules) ? user : null;
  }

  #readStored(tx: Transaction) {
    const users = readStored(tx, USERS);
    const defined = users.get(DEFAULT_USER);
    if (this.#passwordChanged && defined !== undefined) {
      const rules = this.#read(DEFAULT_USER, defined);
      this.#setPassword(rules);
      USERS.put(tx, DEFAULT_USER, rules.text);
    }
    this.#passwordChanged = false;
    return [readStored(tx, USERS), readStored(tx, TOKENS)] as const;
  }

  #setPassword(rules: UserRules): void {
    const password = this.#parts.requiredPassword();
    rules.apply(password === null ? "nopass" : "resetpass", this.#parts.commands, false);
    if (password !== null) rules.apply(`#${password}`, this.#parts.commands, false);
  }

  /** What `default` may do while the database says nothing of it. */
  #implicitDefault(): UserRules {
    const rules = UserRules.parse(ALL_RIGHTS, this.#parts.commands);
    this.#setPassword(rules);
    return rules;
  }

  #adopt(stored: ReadonlyMap<BinaryString, BinaryString>): void {
    for (const [name, text] of stored) {
      if (this.#stored.get(name) === text) continue;
      const rules = this.#read(name, text);
      const known = this.#users.get(name);
      if (known === undefined) this.#users.set(name, new User(name, rules));
      else known.rules = rules;
    }
    for (const [name, user] of this.#users) {
      if (stored.has(name)) continue;
      if (name === DEFAULT_USER) {
        user.rules = this.#implicitDefault();
        continue;
      }
      user.isGone = true;
      this.#users.delete(name);
    }
    this.#stored = new Map(stored);
    this.#parts.onChanged();
  }

  /** A text that makes no sense gives no rights. */
  #read(name: BinaryString, text: BinaryString): UserRules {
    try {
      return UserRules.parse(text, this.#parts.commands);
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      this.#parts.onUnreadable(name, error.message);
      return UserRules.fresh(false, this.#parts.commands);
    }
  }

  #listen(): () => void {
    return this.#database.onSystemKeyChanged((key) => {
      if (key === null || key === USERS.key || key === TOKENS.key) this.#note();
    });
  }

  /** The database must not be read while a change is applied. */
  #note(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    this.#parts.onStale();
  }
}
