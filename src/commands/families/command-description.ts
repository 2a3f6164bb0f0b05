import { MapReply, SetReply, Status, type Reply } from "../../resp/reply.ts";
import { keyAccessOf } from "../command-keys.ts";
import type { CommandInfo } from "../command-meta.ts";

/** A declaration as COMMAND INFO answers it: ten items, as in Redis 7. */
export function describeCommand(command: CommandInfo): Reply {
  const { keys } = command;
  return [
    command.fullName,
    command.arity,
    new SetReply(command.flags.map((flag) => new Status(flag))),
    keys?.first ?? 0,
    keys?.last ?? 0,
    keys?.step ?? 0,
    new SetReply(command.acl.map((category) => new Status(`@${category}`))),
    [],
    keys === undefined ? [] : [describeKeys(command)],
    Array.from(command.subcommands.values(), describeCommand),
  ];
}

function describeKeys(command: CommandInfo): Reply {
  const { first, last, step } = command.keys!;
  return new MapReply([
    ["flags", new SetReply(keyAccessOf(command).map((flag) => new Status(flag)))],
    [
      "begin_search",
      new MapReply([
        ["type", "index"],
        ["spec", new MapReply([["index", first]])],
      ]),
    ],
    [
      "find_keys",
      new MapReply([
        ["type", "range"],
        [
          "spec",
          new MapReply([
            // Counted from the first key, but from the end when negative.
            ["lastkey", last < 0 ? last : last - first],
            ["keystep", step],
            ["limit", 0],
          ]),
        ],
      ]),
    ],
  ]);
}

/** A declaration as COMMAND DOCS answers it: the name, then a map. */
export function documentCommand(command: CommandInfo): readonly [string, Reply] {
  const pairs: [Reply, Reply][] = [
    ["summary", command.summary],
    ["since", command.since],
    ["group", command.group],
    ["complexity", command.complexity],
  ];
  if (command.subcommands.size > 0) {
    pairs.push(["subcommands", new MapReply(Array.from(command.subcommands.values(), documentCommand))]);
  }
  return [command.fullName, new MapReply(pairs)];
}
