import type { BinaryString } from "../../base/bytes.ts";
import { PushReply, type Reply } from "../../resp/reply.ts";
import type { ClientRegistry } from "../client-registry.ts";
import type { ClientSession } from "../client-session.ts";
import type { Tracking } from "./tracking-state.ts";

/** Where a client that speaks RESP2 listens to invalidations. */
const CHANNEL = "__redis__:invalidate";

interface Prefix {
  readonly sessions: Set<ClientSession>;
  /** Keys changed since the last telling, each with who changed it. */
  readonly changed: Map<BinaryString, ClientSession | null>;
}

/**
 * Clients that cache what they read, and are told when it is no longer true: because it was written, here or in another region,
 * deleted or has expired. Names alone count and not databases, as in Redis. A message may come too often and never too late: it
 * follows every reply that told the old value, and whoever reads again waits until the new one is durable.
 *
 * The table of who has read what is bounded by `tracking-table-max-keys`: beyond it the oldest keys are told to be changed.
 */
export class TrackingTable {
  readonly #clients: ClientRegistry;
  readonly #keysMax: () => number;
  /** Numbers of the clients that have read a key; who is gone is passed over. */
  readonly #readers = new Map<BinaryString, Set<number>>();
  readonly #prefixes = new Map<BinaryString, Prefix>();
  /** How many prefixes have this length: a key is looked up once for each. */
  readonly #lengths = new Map<number, number>();
  readonly #sessions = new Set<ClientSession>();
  #items = 0;
  #isTellingDue = false;
  #isFlushed = false;
  /** Whose command runs at present. */
  writer: ClientSession | null = null;

  constructor(clients: ClientRegistry, keysMax: () => number) {
    this.#clients = clients;
    this.#keysMax = keysMax;
  }

  get clients(): number {
    return this.#sessions.size;
  }

  get keys(): number {
    return this.#readers.size;
  }

  get items(): number {
    return this.#items;
  }

  get prefixes(): number {
    return this.#prefixes.size;
  }

  /** Every key's end matters to somebody. */
  get watchesAll(): boolean {
    return this.#prefixes.size > 0;
  }

  enable(session: ClientSession, tracking: Tracking): void {
    session.tracking = tracking;
    this.#sessions.add(session);
    for (const prefix of tracking.prefixes) {
      let entry = this.#prefixes.get(prefix);
      if (entry === undefined) {
        this.#prefixes.set(prefix, (entry = { sessions: new Set(), changed: new Map() }));
        this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
      }
      entry.sessions.add(session);
    }
  }

  disable(session: ClientSession): void {
    for (const prefix of session.tracking?.prefixes ?? []) {
      const entry = this.#prefixes.get(prefix);
      entry?.sessions.delete(session);
      if (entry === undefined || entry.sessions.size > 0) continue;
      this.#prefixes.delete(prefix);
      const left = this.#lengths.get(prefix.length)! - 1;
      if (left > 0) this.#lengths.set(prefix.length, left);
      else this.#lengths.delete(prefix.length);
    }
    session.tracking = null;
    this.#sessions.delete(session);
  }

  /** The client has read these keys. False when that is not what it tracks. */
  remember(session: ClientSession, keys: Iterable<BinaryString>): boolean {
    const { tracking } = session;
    if (tracking === null || tracking.broadcast) return false;
    if (
      tracking.choice === "optin" ? !tracking.isCachingSaid : tracking.choice === "optout" && tracking.isCachingSaid
    ) {
      return false;
    }
    for (const key of keys) {
      let readers = this.#readers.get(key);
      if (readers === undefined) this.#readers.set(key, (readers = new Set()));
      if (readers.has(session.id)) continue;
      readers.add(session.id);
      this.#items++;
    }
    const most = this.#keysMax();
    for (const [key, readers] of this.#readers) {
      if (most === 0 || this.#readers.size <= most) break;
      this.#tellReaders(key, readers, null);
    }
    return true;
  }

  /** A key has changed or expired; null: a whole database was emptied. Called while a change is applied. */
  changed(key: BinaryString | null): void {
    if (this.#sessions.size === 0) {
      if (this.#readers.size > 0) this.#forgetReaders();
      return;
    }
    if (key === null) {
      this.#isFlushed = true;
      this.#tellSoon();
      return;
    }
    const readers = this.#readers.get(key);
    if (readers !== undefined) this.#tellReaders(key, readers, this.writer);
    for (const length of this.#lengths.keys()) {
      const changed = length > key.length ? undefined : this.#prefixes.get(key.slice(0, length))?.changed;
      if (changed === undefined) continue;
      changed.set(key, changed.has(key) && changed.get(key) !== this.writer ? null : this.writer);
      this.#tellSoon();
    }
  }

  #tellReaders(key: BinaryString, readers: ReadonlySet<number>, writer: ClientSession | null): void {
    this.#readers.delete(key);
    this.#items -= readers.size;
    for (const id of readers) {
      const session = this.#clients.find(id);
      const tracking = session?.tracking ?? null;
      if (session === undefined || tracking === null || tracking.broadcast) continue;
      if (!(tracking.noLoop && session === writer)) this.#tell(session, tracking, [key]);
    }
  }

  #forgetReaders(): void {
    this.#readers.clear();
    this.#items = 0;
  }

  /** One message for all that one command, or one turn, has changed. */
  #tellSoon(): void {
    if (this.#isTellingDue) return;
    this.#isTellingDue = true;
    queueMicrotask(() => {
      this.#isTellingDue = false;
      this.#tellAll();
    });
  }

  #tellAll(): void {
    if (this.#isFlushed) {
      this.#isFlushed = false;
      this.#forgetReaders();
      for (const session of this.#sessions) this.#tell(session, session.tracking!, null);
    }
    for (const { sessions, changed } of this.#prefixes.values()) {
      if (changed.size === 0) continue;
      const all = [...changed];
      changed.clear();
      for (const session of sessions) {
        const tracking = session.tracking!;
        const told = tracking.noLoop ? all.filter(([, writer]) => writer !== session) : all;
        if (told.length > 0)
          this.#tell(
            session,
            tracking,
            told.map(([key]) => key),
          );
      }
    }
  }

  /** `keys` null: everything. */
  #tell(session: ClientSession, tracking: Tracking, keys: readonly BinaryString[] | null): void {
    let target = session;
    if (tracking.redirect !== 0) {
      const redirected = this.#clients.find(tracking.redirect);
      if (redirected === undefined) {
        if (session.protocol === 3) session.push(new PushReply(["tracking-redir-broken", tracking.redirect]));
        tracking.isRedirectBroken = true;
        return;
      }
      target = redirected;
    }
    const body: Reply = keys;
    if (target.protocol === 3) target.push(new PushReply(["invalidate", body]));
    // RESP2 has no such message: only as one of a channel, to a client that listens.
    else if (target !== session && target.subscriptions !== null)
      target.push(new PushReply(["message", CHANNEL, body]));
  }
}
