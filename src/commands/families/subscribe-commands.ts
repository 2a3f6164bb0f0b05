import type { BinaryString } from "../../base/bytes.ts";
import { PushReply, SeriesReply, type Reply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import { defineSessionCommand, type Command } from "../define-command.ts";
import type { SubscriptionKind } from "../messages/message.ts";
import { tooManySubscriptions } from "../refusals.ts";

/** Subscribing to channels, patterns and shard channels, and ending it. Each name is confirmed by a reply of its own. */

/** Names one connection may be subscribed to: each costs memory for as long as it stays. */
const SUBSCRIPTIONS_MAX = 100_000;

const LISTENS = "K7: gets what is published in this region and in every region connected to it, at most once.";

/** Redis finds shard channels as if they were keys, so that a cluster knows where to send the command. */
const SHARD_KEYS = { first: 1, last: -1, step: 1, flags: ["not_key"] } as const;

interface Shape {
  readonly word: string;
  readonly kind: SubscriptionKind;
  readonly since: string;
  readonly argument: string;
  readonly what: string;
}

const SHAPES: readonly Shape[] = [
  { word: "SUBSCRIBE", kind: "channel", since: "2.0.0", argument: "channel", what: "channels" },
  { word: "PSUBSCRIBE", kind: "pattern", since: "2.0.0", argument: "pattern", what: "channels by patterns" },
  { word: "SSUBSCRIBE", kind: "shard", since: "7.0.0", argument: "shardchannel", what: "shard channels" },
];

function defineSubscribe({ word, kind, since, argument, what }: Shape): Command {
  const name = word.toLowerCase();
  return defineSessionCommand({
    name: word,
    group: "pubsub",
    since,
    arity: -2,
    flags: ["pubsub", "noscript", "loading", "stale"],
    needsConnection: true,
    ...(kind === "shard" ? { keys: SHARD_KEYS } : {}),
    channels: { first: 1, last: -1, ...(kind === "pattern" ? { pattern: true } : {}) },
    syntax: `${argument} [${argument} ...]`,
    summary: `Listens to ${what} on this connection.`,
    complexity: "O(N) in the number of names",
    convergence: LISTENS,
    parse: (args) => args,
    run({ session, server }, names): Reply {
      if ((session.subscriptions?.size ?? 0) + names.length > SUBSCRIPTIONS_MAX) {
        throw tooManySubscriptions(SUBSCRIPTIONS_MAX);
      }
      return new SeriesReply(
        names.map((one) => {
          server.channels.subscribe(session, kind, one);
          return confirmation(session, name, one, kind);
        }),
      );
    },
  });
}

function defineUnsubscribe({ word, kind, since, argument, what }: Shape): Command {
  const full = word.replace("SUBSCRIBE", "UNSUBSCRIBE");
  const name = full.toLowerCase();
  return defineSessionCommand({
    name: full,
    group: "pubsub",
    since,
    arity: -1,
    flags: ["pubsub", "noscript", "loading", "stale"],
    needsConnection: true,
    ...(kind === "shard" ? { keys: SHARD_KEYS } : {}),
    syntax: `[${argument} [${argument} ...]]`,
    summary: `Ends listening to ${what}: to those named, or to all.`,
    complexity: "O(N) in the number of names",
    convergence: LISTENS,
    parse: (args) => args,
    run({ session, server }, given): Reply {
      const names = given.length > 0 ? given : [...(session.subscriptions?.names[kind] ?? [])];
      if (names.length === 0) return new SeriesReply([confirmation(session, name, null, kind)]);
      return new SeriesReply(
        names.map((one) => {
          server.channels.unsubscribe(session, kind, one);
          return confirmation(session, name, one, kind);
        }),
      );
    },
  });
}

function confirmation(
  session: ClientSession,
  word: string,
  name: BinaryString | null,
  kind: SubscriptionKind,
): PushReply {
  return new PushReply([word, name, session.subscriptions?.countFor(kind) ?? 0]);
}

export const SUBSCRIBE_COMMANDS: readonly Command[] = SHAPES.flatMap((shape) => [
  defineSubscribe(shape),
  defineUnsubscribe(shape),
]);
