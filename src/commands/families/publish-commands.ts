import type { Reply } from "../../resp/reply.ts";
import { defineContainer, defineSessionCommand, LOCAL_ONLY, type Command } from "../define-command.ts";
import type { SessionDefinition } from "../define-command.ts";
import { Glob } from "../glob.ts";
import type { ChannelSpace } from "../messages/message.ts";
import { tooManyWords } from "../refusals.ts";
import { Settled } from "../session-reply.ts";
import { defineHelp } from "./help-reply.ts";

/** Publishing, and asking who listens. */

/** Redis finds shard channels as if they were keys, so that a cluster knows where to send the command. */
const SHARD_KEYS = { first: 1, last: 1, step: 1, flags: ["not_key"] } as const;

function definePublish(name: string, space: ChannelSpace, since: string, argument: string, summary: string): Command {
  return defineSessionCommand({
    name,
    group: "pubsub",
    since,
    arity: 3,
    flags: ["pubsub", "loading", "stale", "fast"],
    ...(space === "shard" ? { keys: SHARD_KEYS } : {}),
    channels: { first: 1, last: 1 },
    syntax: `${argument} message`,
    summary,
    complexity: "O(N+M) in the number of subscribers and of patterns",
    convergence:
      "K7: subscribers in every region connected to this one get it, at most once; it is not logged and passes by the writes. " +
      "Answers how many get it in this region.",
    parse: (args) => ({ space, channel: args[0]!, payload: args[1]! }),
    run({ server }, message): Reply | Settled {
      const receivers = server.channels.receivers(message);
      server.announcements.add(message, true);
      return new Settled(receivers, server.database.lastLsn, false);
    },
  });
}

export const publish = definePublish(
  "PUBLISH",
  "channel",
  "2.0.0",
  "channel",
  "Sends a message to everybody who listens to a channel, by its name or by a pattern.",
);

export const spublish = definePublish(
  "SPUBLISH",
  "shard",
  "7.0.0",
  "shardchannel",
  "Sends a message to everybody who listens to a shard channel.",
);

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "complexity" | "parse" | "run"
>;

function definePubsub<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({
    ...shape,
    name: `PUBSUB ${shape.name}`,
    group: "pubsub",
    flags: ["pubsub", "loading", "stale"],
    convergence: LOCAL_ONLY,
  });
}

function defineChannels(name: string, space: ChannelSpace, since: string, summary: string): Command {
  return definePubsub({
    name,
    since,
    arity: -2,
    syntax: "[pattern]",
    summary,
    complexity: "O(N) in the number of channels",
    parse(args) {
      if (args.length > 1) throw tooManyWords(name, "PUBSUB");
      return args[0] === undefined ? null : new Glob(args[0]);
    },
    run: ({ server }, pattern): Reply => server.channels.active(space, pattern),
  });
}

function defineNumsub(name: string, space: ChannelSpace, since: string, argument: string, summary: string): Command {
  return definePubsub({
    name,
    since,
    arity: -2,
    syntax: `[${argument} [${argument} ...]]`,
    summary,
    complexity: "O(N) in the number of channels given",
    parse: (args) => args,
    run: ({ server }, names): Reply =>
      names.flatMap((channel): Reply[] => [channel, server.channels.subscribersOf(space, channel)]),
  });
}

const SUBCOMMANDS: readonly Command[] = [
  defineChannels("CHANNELS", "channel", "2.8.0", "Lists the channels that somebody in this region listens to by name."),
  definePubsub({
    name: "NUMPAT",
    since: "2.8.0",
    arity: 2,
    syntax: "",
    summary: "Counts the patterns that somebody in this region listens to.",
    complexity: "O(1)",
    parse: () => null,
    run: ({ server }): Reply => server.channels.count("pattern"),
  }),
  defineNumsub("NUMSUB", "channel", "2.8.0", "channel", "Counts the subscribers of channels in this region."),
  defineChannels(
    "SHARDCHANNELS",
    "shard",
    "7.0.0",
    "Lists the shard channels that somebody in this region listens to.",
  ),
  defineNumsub(
    "SHARDNUMSUB",
    "shard",
    "7.0.0",
    "shardchannel",
    "Counts the subscribers of shard channels in this region.",
  ),
];

export const pubsub = defineContainer({
  name: "PUBSUB",
  group: "pubsub",
  since: "2.8.0",
  summary: "Who listens to what in this region.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("PUBSUB", "pubsub", "6.2.0", SUBCOMMANDS)],
});
