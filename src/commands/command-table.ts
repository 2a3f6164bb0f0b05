import type { Command } from "./define-command.ts";
import { BITMAP_COMMANDS } from "./families/bitmaps.ts";
import { CONNECTION_COMMANDS } from "./families/connection.ts";
import { GENERIC_COMMANDS } from "./families/generic.ts";
import { GEO_COMMANDS } from "./families/geo.ts";
import { HASH_COMMANDS } from "./families/hashes.ts";
import { JSON_COMMANDS } from "./families/json.ts";
import { PUBSUB_COMMANDS } from "./families/pubsub.ts";
import { SET_COMMANDS } from "./families/sets.ts";
import { SCRIPTING_COMMANDS } from "./families/scripting.ts";
import { LIMIT_COMMANDS } from "./families/limits.ts";
import { LIST_COMMANDS } from "./families/lists.ts";
import { SERVER_COMMANDS } from "./families/server.ts";
import { STREAM_COMMANDS } from "./families/streams.ts";
import { SKETCH_COMMANDS } from "./families/sketch-commands.ts";
import { SORTED_SET_COMMANDS } from "./families/sorted-sets.ts";
import { STRING_COMMANDS } from "./families/strings.ts";
import { TRANSACTION_COMMANDS } from "./families/transactions.ts";

/** Every command, by lower-case name. Subcommands are in their containers. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...STRING_COMMANDS,
    ...BITMAP_COMMANDS,
    ...SKETCH_COMMANDS,
    ...HASH_COMMANDS,
    ...LIMIT_COMMANDS,
    ...LIST_COMMANDS,
    ...SET_COMMANDS,
    ...JSON_COMMANDS,
    ...STREAM_COMMANDS,
    ...SORTED_SET_COMMANDS,
    ...GEO_COMMANDS,
    ...GENERIC_COMMANDS,
    ...PUBSUB_COMMANDS,
    ...SCRIPTING_COMMANDS,
    ...TRANSACTION_COMMANDS,
    ...CONNECTION_COMMANDS,
    ...SERVER_COMMANDS,
  ].map((command) => [command.fullName, command]),
);
