import { ACL_CATEGORIES, type AclCategory } from "./acl-category.ts";
import type { CommandMeta } from "./command-meta.ts";

const BY_GROUP: Readonly<Record<CommandMeta["group"], readonly AclCategory[]>> = {
  string: ["string"],
  bitmap: ["bitmap"],
  hyperloglog: ["hyperloglog"],
  hash: ["hash"],
  list: ["list"],
  set: ["set"],
  "sorted-set": ["sortedset"],
  geo: ["geo"],
  json: [],
  limit: [],
  stream: ["stream"],
  generic: ["keyspace"],
  pubsub: [],
  scripting: ["scripting"],
  transactions: ["transaction"],
  connection: ["connection"],
  server: [],
  antipode: [],
};

/** Commands of the group "generic" that Redis does not count among those on the keyspace. */
const NOT_OF_THEIR_GROUP: ReadonlySet<string> = new Set(["WAIT", "WAITAOF", "SORT", "SORT_RO"]);

/** A command's categories: what its flags and group imply, as Redis derives them, and what it declares besides. */
export function aclCategoriesOf(meta: CommandMeta): readonly AclCategory[] {
  const categories = new Set<AclCategory>([
    ...(NOT_OF_THEIR_GROUP.has(meta.name) ? [] : BY_GROUP[meta.group]),
    ...(meta.categories ?? []),
  ]);
  const has = (flag: CommandMeta["flags"][number]): boolean => meta.flags.includes(flag);
  if (has("write")) categories.add("write");
  // A script that may only read is a script all the same: not what a right to read means.
  if (has("readonly") && !categories.has("scripting")) categories.add("read");
  if (has("admin")) categories.add("admin").add("dangerous");
  if (has("pubsub")) categories.add("pubsub");
  if (has("blocking")) categories.add("blocking");
  categories.add(has("fast") ? "fast" : "slow");
  return ACL_CATEGORIES.filter((category) => categories.has(category));
}
