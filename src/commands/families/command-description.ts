import { MapReply, SetReply, Status, type Reply } from "../../resp/reply.ts";
import { keyFlagsOf, legacyRangeOf } from "../command-keys.ts";
import type { CommandInfo } from "../command-meta.ts";
import type { KeySpec } from "../key-specs.ts";

/** A declaration as COMMAND INFO answers it: ten items, as in Redis 7. */
export function describeCommand(command: CommandInfo): Reply {
  const { first, last, step, movable } = legacyRangeOf(command.keySpecs);
  const flags: readonly string[] = movable ? [...command.flags, "movablekeys"] : command.flags;
  return [
    command.fullName,
    command.arity,
    new SetReply(flags.map((flag) => new Status(flag))),
    first,
    last,
    step,
    new SetReply(command.acl.map((category) => new Status(`@${category}`))),
    [],
    command.keySpecs.map((spec) => describeKeys(command, spec)),
    Array.from(command.subcommands.values(), describeCommand),
  ];
}

function describeKeys(command: CommandInfo, spec: KeySpec): Reply {
  const { begin, find } = partsOf(spec);
  return new MapReply([
    ["flags", new SetReply(keyFlagsOf(command, spec).map((flag) => new Status(flag)))],
    ["begin_search", typed(begin)],
    ["find_keys", typed(find)],
  ]);
}

interface SpecPart {
  readonly type: string;
  readonly spec: readonly (readonly [string, Reply])[];
}

function typed({ type, spec }: SpecPart): Reply {
  return new MapReply([
    ["type", type],
    ["spec", new MapReply(spec)],
  ]);
}

/** Redis tells where to begin apart from what to take there. */
function partsOf(spec: KeySpec): { readonly begin: SpecPart; readonly find: SpecPart } {
  if ("first" in spec) {
    const { first, last, step } = spec;
    // Counted from the first key, but from the end when negative.
    return { begin: indexPart(first), find: rangePart(last < 0 ? last : last - first, step, 0) };
  }
  if ("countAt" in spec) {
    const find: SpecPart = {
      type: "keynum",
      spec: [
        ["keynumidx", 0],
        ["firstkey", 1],
        ["keystep", 1],
      ],
    };
    return { begin: indexPart(spec.countAt), find };
  }
  if ("word" in spec) {
    const begin: SpecPart = {
      type: "keyword",
      spec: [
        ["keyword", spec.word],
        ["startfrom", spec.from],
      ],
    };
    return { begin, find: rangePart(spec.last, spec.step, spec.limit ?? 0) };
  }
  const unknown: SpecPart = { type: "unknown", spec: [] };
  return { begin: unknown, find: unknown };
}

function indexPart(index: number): SpecPart {
  return { type: "index", spec: [["index", index]] };
}

function rangePart(last: number, step: number, limit: number): SpecPart {
  return {
    type: "range",
    spec: [
      ["lastkey", last],
      ["keystep", step],
      ["limit", limit],
    ],
  };
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
