import { utf8ToBinary } from "../../base/bytes.ts";
import { MapReply, type Reply } from "../../resp/reply.ts";
import { defineContainer, defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { antipodeClasses, antipodeSetClass, antipodeUnsetClass } from "./class-commands.ts";
import { antipodeConflicts } from "./conflict-command.ts";
import { antipodeFence, antipodeHome, antipodeMoveHome } from "./home-commands.ts";
import { defineHelp } from "./help-reply.ts";
import { INFO_SECTIONS } from "./info-sections.ts";
import { antipodeOwn, antipodeRevoke, antipodeRevokeUser } from "./revocation-commands.ts";
import { antipodeAwait, antipodeToken } from "./token-commands.ts";

/** ANTIPODE: what Redis has no word for. */

const region = defineSessionCommand({
  name: "ANTIPODE REGION",
  group: "antipode",
  since: "0.1.0",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  syntax: "",
  summary: "Answers the name of the region that answers.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run: ({ server }): Reply => utf8ToBinary(server.facts().region),
});

const info = defineSessionCommand({
  name: "ANTIPODE INFO",
  group: "antipode",
  since: "0.1.0",
  arity: 2,
  flags: ["loading", "stale"],
  syntax: "",
  summary: "Answers INFO's Antipode section as a map.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ server }) {
    const section = INFO_SECTIONS.find(({ name }) => name === "antipode")!;
    return new MapReply(section.lines(server, null).map(([name, value]) => [name, utf8ToBinary(String(value))]));
  },
});

const vector = defineSessionCommand({
  name: "ANTIPODE VECTOR",
  group: "antipode",
  since: "0.1.0",
  arity: 2,
  flags: ["loading", "stale"],
  syntax: "",
  summary: "Answers what this region has applied: the highest sequence by origin.",
  complexity: "O(N) in the number of origins",
  convergence: "Regions whose vectors are equal have equal state.",
  parse: () => null,
  run: ({ server }) =>
    new MapReply(
      Object.entries(server.database.vector()).map(([origin, sequence]) => [utf8ToBinary(origin), sequence]),
    ),
});

const SUBCOMMANDS = [
  region,
  info,
  vector,
  antipodeToken,
  antipodeAwait,
  antipodeRevoke,
  antipodeRevokeUser,
  antipodeOwn,
  antipodeSetClass,
  antipodeUnsetClass,
  antipodeClasses,
  antipodeConflicts,
  antipodeFence,
  antipodeHome,
  antipodeMoveHome,
];

export const antipode = defineContainer({
  name: "ANTIPODE",
  group: "antipode",
  since: "0.1.0",
  summary: "The region, and what it has of the others.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("ANTIPODE", "antipode", "0.1.0", SUBCOMMANDS)],
});
