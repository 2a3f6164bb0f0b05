import type { Command } from "../callers/caller.ts";
import type { IsCounter } from "./counter-paths.ts";
import type { JsonObject } from "./json.ts";

/** The field of a stored session that says which one it is: an id that is used again is another session. */
export const GENERATION_FIELD = "_generation";

/** A session as it is stored. */
export interface StoredSession {
  /** Empty for one that somebody else wrote. */
  readonly generation: string;
  readonly data: JsonObject;
}

/** How a session becomes a value of the database. */
export interface Layout {
  readonly name: "document" | "hash";
  load(key: string): Command;
  /** Null when there is none. */
  read(reply: unknown): StoredSession | null;
  /** What makes `before` into `after`, as commands without their key. Empty when nothing changed. */
  changes(before: JsonObject, after: JsonObject, isCounter: IsCounter): readonly Command[];
  /** What writes the whole session, as commands without their key. */
  whole(data: JsonObject, generation: string, isCounter: IsCounter): readonly Command[];
}
