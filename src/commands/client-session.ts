import type { BinaryString } from "../base/bytes.ts";
import type { User } from "./acl/user.ts";
import type { WatchToken } from "../keyspace/transaction-port.ts";
import type { Reply } from "../resp/reply.ts";
import type { Subscriptions } from "./messages/subscriptions.ts";
import type { Tracking } from "./tracking/tracking-state.ts";

/**
 * Which door a client came through. Some commands are refused over REST (they need a connection); `stream` is a REST request that
 * has become one: an event stream.
 */
export type ClientDoor = "resp" | "rest" | "stream";

/** A transaction being queued between MULTI and EXEC. */
export interface QueuedTransaction {
  readonly commands: (readonly BinaryString[])[];
  /** Bytes of what is queued: bounded, since nothing else holds a client back before EXEC. */
  bytes: number;
  /** Some queued command writes; some may make the database larger. */
  writes: boolean;
  grows: boolean;
  /** A command was refused while queueing: EXEC answers EXECABORT. */
  broken: boolean;
}

/** A key under WATCH; its token knows whether it changed since. */
export interface WatchedKey {
  readonly db: number;
  readonly key: BinaryString;
  readonly token: WatchToken;
}

const NOTHING_WATCHED: ReadonlyMap<string, WatchedKey> = new Map();

/** A command that waits. `timeout`: as if its time was up. */
export interface Unblockable {
  unblock(how: "timeout" | "error"): void;
}

export interface ClientSessionInit {
  readonly id: number;
  readonly door: ClientDoor;
  /** `host:port` of the client. */
  readonly address: string;
  /** `host:port` it connected to. */
  readonly localAddress: string;
  /** Whose rights it has until it authenticates as somebody. */
  readonly user: User;
  readonly authenticated: boolean;
  /** Wall clock. */
  readonly connectedAtMs: number;
  /** A client of another region, whose command runs here because its key is at home here. */
  readonly isForwarded?: boolean;
  /** Sends an out-of-band reply (pub/sub, MONITOR); the door queues it in order behind earlier replies. */
  readonly push: (reply: Reply) => void;
  /** Ends the connection (CLIENT KILL). */
  readonly kill: () => void;
}

/** The state of one client: of a connection over RESP, of one request over REST. Changed by commands alone. */
export class ClientSession {
  readonly id: number;
  readonly door: ClientDoor;
  readonly address: string;
  readonly localAddress: string;
  readonly connectedAtMs: number;
  readonly isForwarded: boolean;
  readonly push: (reply: Reply) => void;
  readonly kill: () => void;
  /** Who it authenticated as. */
  user: User;
  authenticated: boolean;
  protocol: 2 | 3 = 2;
  db = 0;
  name = "";
  libraryName = "";
  libraryVersion = "";
  replyMode: "on" | "off" | "skip-next" | "skip" = "on";
  noEvict = false;
  noTouch = false;
  transaction: QueuedTransaction | null = null;
  /** What it listens to; null: nothing. Changed by the channel table alone. */
  subscriptions: Subscriptions | null = null;
  /** CLIENT TRACKING; null: off. Changed by the tracking table alone. */
  tracking: Tracking | null = null;
  /** It sees every command: MONITOR. */
  isMonitor = false;
  #watched: Map<string, WatchedKey> | null = null;
  /** What was watched is gone (the region recovered from its log): the next EXEC answers as if a watched key had changed. */
  watchBroken = false;
  /** Sequence of the last batch that this connection wrote: WAIT asks who has it. */
  lastSequence = 0;
  /** Full name of the last command, lower case: `get`, `client|list`. */
  lastCommand = "";
  /** When the last command came, monotonic clock; none has: the beginning of time. A number all the time, which V8 writes in place. */
  lastActiveMs = Number.NEGATIVE_INFINITY;
  /** Its command waits, and can be ended: CLIENT UNBLOCK. */
  blocked: Unblockable | null = null;
  closed = false;
  /** It hears one more reply: its user was deleted, or it killed itself. */
  endsAfterReply = false;

  constructor(init: ClientSessionInit) {
    this.id = init.id;
    this.door = init.door;
    this.address = init.address;
    this.localAddress = init.localAddress;
    this.user = init.user;
    this.authenticated = init.authenticated;
    this.connectedAtMs = init.connectedAtMs;
    this.isForwarded = init.isForwarded ?? false;
    this.push = init.push;
    this.kill = init.kill;
  }

  /** It gets messages nobody knows the number of beforehand: what it does not take is bounded more tightly. */
  get isListener(): boolean {
    return this.subscriptions !== null || this.isMonitor;
  }

  /** RESP2 has no messages out of band: a connection that listens may do nothing else. */
  get isSubscriberOnly(): boolean {
    return this.subscriptions !== null && this.protocol === 2;
  }

  /** Under WATCH, by `db:key`. */
  get watched(): ReadonlyMap<string, WatchedKey> {
    return this.#watched ?? NOTHING_WATCHED;
  }

  /** Puts a key under WATCH. The Map is made for the first: over REST each request is a session, and none watches. */
  watch(name: string, key: WatchedKey): void {
    (this.#watched ??= new Map()).set(name, key);
  }

  /** Lets go of every watched key. */
  unwatch(): void {
    this.watchBroken = false;
    if (this.#watched === null) return;
    for (const { token } of this.#watched.values()) token.release();
    this.#watched = null;
  }
}
