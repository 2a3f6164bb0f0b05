import type { BinaryString } from "../../base/bytes.ts";
import { PushReply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import { Glob } from "../glob.ts";
import type { ChannelSpace, Message, SubscriptionKind } from "./message.ts";
import { Subscriptions } from "./subscriptions.ts";

interface Pattern {
  readonly glob: Glob;
  readonly sessions: Set<ClientSession>;
}

/**
 * Who listens to what on this node. A message goes to the subscribers of its channel and then to those of each pattern that
 * matches it, in the order in which they came; who subscribed in both ways gets it twice, as in Redis.
 */
export class ChannelTable {
  readonly #exact: Readonly<Record<ChannelSpace, Map<BinaryString, Set<ClientSession>>>> = {
    channel: new Map(),
    shard: new Map(),
  };
  readonly #patterns = new Map<BinaryString, Pattern>();
  /** Clients with at least one subscription. */
  clients = 0;

  /** False when it was subscribed already. */
  subscribe(session: ClientSession, kind: SubscriptionKind, name: BinaryString): boolean {
    if (session.subscriptions === null) {
      session.subscriptions = new Subscriptions();
      this.clients++;
    }
    const own = session.subscriptions.names[kind];
    if (own.has(name)) return false;
    own.add(name);
    this.#sessions(kind, name).add(session);
    return true;
  }

  /** False when it was not subscribed. */
  unsubscribe(session: ClientSession, kind: SubscriptionKind, name: BinaryString): boolean {
    const { subscriptions } = session;
    if (subscriptions === null || !subscriptions.names[kind].delete(name)) return false;
    const sessions = this.#sessions(kind, name);
    sessions.delete(session);
    if (sessions.size === 0) {
      if (kind === "pattern") this.#patterns.delete(name);
      else this.#exact[kind].delete(name);
    }
    if (subscriptions.size === 0) {
      session.subscriptions = null;
      this.clients--;
    }
    return true;
  }

  /** The client is gone, or begins anew. */
  unsubscribeAll(session: ClientSession): void {
    for (const kind of ["channel", "pattern", "shard"] as const) {
      for (const name of session.subscriptions?.names[kind] ?? []) this.unsubscribe(session, kind, name);
    }
  }

  /** How many would get it now. */
  receivers({ space, channel }: Message): number {
    let count = this.#exact[space].get(channel)?.size ?? 0;
    if (space === "channel") for (const { sessions } of this.#matching(channel)) count += sessions.size;
    return count;
  }

  /** Pushes the message to everybody who listens; answers how many times. */
  deliver({ space, channel, payload }: Message): number {
    let count = 0;
    const push = (sessions: Iterable<ClientSession>, message: PushReply): void => {
      for (const session of sessions) {
        session.push(message);
        count++;
      }
    };
    const subscribers = this.#exact[space].get(channel);
    if (subscribers !== undefined) {
      push(subscribers, new PushReply([space === "shard" ? "smessage" : "message", channel, payload]));
    }
    if (space === "shard") return count;
    for (const { sessions, name } of this.#matching(channel)) {
      push(sessions, new PushReply(["pmessage", name, channel, payload]));
    }
    return count;
  }

  /** Channels that somebody listens to by name. */
  active(space: ChannelSpace, pattern: Glob | null): BinaryString[] {
    const names = [...this.#exact[space].keys()];
    return pattern === null ? names : names.filter((name) => pattern.matches(name));
  }

  subscribersOf(space: ChannelSpace, channel: BinaryString): number {
    return this.#exact[space].get(channel)?.size ?? 0;
  }

  count(kind: SubscriptionKind): number {
    return kind === "pattern" ? this.#patterns.size : this.#exact[kind].size;
  }

  *#matching(channel: BinaryString): Generator<{ readonly name: BinaryString; readonly sessions: Set<ClientSession> }> {
    for (const [name, { glob, sessions }] of this.#patterns) if (glob.matches(channel)) yield { name, sessions };
  }

  #sessions(kind: SubscriptionKind, name: BinaryString): Set<ClientSession> {
    if (kind === "pattern") {
      let pattern = this.#patterns.get(name);
      if (pattern === undefined) this.#patterns.set(name, (pattern = { glob: new Glob(name), sessions: new Set() }));
      return pattern.sessions;
    }
    let sessions = this.#exact[kind].get(name);
    if (sessions === undefined) this.#exact[kind].set(name, (sessions = new Set()));
    return sessions;
  }
}
