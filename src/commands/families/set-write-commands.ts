import type { BinaryString } from "../../base/bytes.ts";
import { defineCommand } from "../define-command.ts";
import { notify, notifyRemoval } from "../messages/notify.ts";

/** Writing the members of sets. */

const MEMBERS =
  "M1-M3, M5: members merge; a removal takes what this region sees of a member, and an addition it has not seen survives it.";
const DEADLINE = " The set keeps the deadline it had (E4b, E5).";

export const sadd = defineCommand({
  name: "SADD",
  group: "set",
  since: "1.0.0",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "insert"] },
  syntax: "key member [member ...]",
  summary: "Adds members to a set; answers how many are new.",
  complexity: "O(N) in the number of members given",
  convergence: `${MEMBERS} A member that is there is added anew, and outlives a concurrent removal.${DEADLINE}`,
  parse: (args) => ({ key: args[0]!, members: args.slice(1) }),
  run(tx, { key, members }, call) {
    const set = tx.sets.get(key);
    const distinct = members.length === 1 ? members : [...new Set(members)];
    let added = distinct.length;
    if (set !== null) for (const member of distinct) if (set.has(member)) added--;
    tx.sets.add(key, distinct);
    if (added > 0) notify(call, "set", "sadd", key);
    return added;
  },
});

export const srem = defineCommand({
  name: "SREM",
  group: "set",
  since: "1.0.0",
  arity: -3,
  flags: ["write", "fast"],
  keys: { first: 1, last: 1, step: 1, flags: ["RW", "delete"] },
  syntax: "key member [member ...]",
  summary: "Removes members from a set; the key goes with its last one.",
  complexity: "O(N) in the number of members given",
  convergence: MEMBERS,
  parse: (args) => ({ key: args[0]!, members: args.slice(1) }),
  run(tx, { key, members }, call) {
    const set = tx.sets.get(key);
    if (set === null) return 0;
    const present = [...new Set(members)].filter((member) => set.has(member));
    if (present.length > 0) {
      tx.sets.remove(key, present);
      notifyRemoval(tx, call, "set", "srem", key);
    }
    return present.length;
  },
});

interface MoveRequest {
  readonly from: BinaryString;
  readonly to: BinaryString;
  readonly member: BinaryString;
}

export const smove = defineCommand<MoveRequest>({
  name: "SMOVE",
  group: "set",
  since: "1.0.0",
  arity: 4,
  flags: ["write", "fast"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["RW", "access", "delete"] },
    { first: 2, last: 2, step: 1, flags: ["RW", "insert"] },
  ],
  syntax: "source destination member",
  summary: "Moves a member from one set to another.",
  complexity: "O(1)",
  convergence: `${MEMBERS} Both happen in one batch (K2); moved in two regions at once, it is in both destinations.`,
  parse: (args) => ({ from: args[0]!, to: args[1]!, member: args[2]! }),
  run(tx, { from, to, member }, call) {
    const source = tx.sets.get(from);
    if (source === null) return 0;
    const isNew = tx.sets.get(to)?.has(member) !== true;
    if (!source.has(member)) return 0;
    if (from === to) return 1;
    tx.sets.remove(from, [member]);
    notifyRemoval(tx, call, "set", "srem", from);
    tx.sets.add(to, [member]);
    if (isNew) notify(call, "set", "sadd", to);
    return 1;
  },
});
