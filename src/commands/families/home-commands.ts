import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, type Reply } from "../../resp/reply.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { EPOCH_MAX, FENCES, formatHome, HOMES, TOKENS_PER_EPOCH } from "../pinned/home-records.ts";
import { homeOf } from "../pinned/home-name.ts";
import { BAD_REGION } from "../refusals.ts";
import { HOME_MOVES_ENDED, homeLease, noSuchHome, NOT_PINNED, runThere } from "../pinned/refusals.ts";

/** Pinned keys: one region runs all commands on them, so a lock locks. */

export const antipodeFence = defineCommand({
  name: "ANTIPODE FENCE",
  group: "antipode",
  since: "0.3.0",
  arity: 3,
  flags: ["write", "fast"],
  keys: { first: 2, last: 2, step: 1, flags: ["RO", "access"] },
  syntax: "key",
  summary:
    "Answers a fencing token for a pinned key: greater than every one its home has answered before, whatever was deleted, restarted or moved.",
  complexity: "O(1)",
  convergence:
    "N4: counted in the home region alone, which forwards nothing; each move of a home begins a higher range.",
  parse: (args) => args[0]!,
  run(tx, key, { server }) {
    const home = homeOf(key);
    if (home === null) throw NOT_PINNED;
    const record = server.homes.recordOf(home, tx);
    if (record === null) throw noSuchHome(home);
    const field = `${record.epoch}:${home}`;
    return record.epoch * TOKENS_PER_EPOCH + FENCES.add(tx, field, 1);
  },
});

interface MoveRequest {
  readonly home: string;
  readonly region: BinaryString;
}

export const antipodeMoveHome = defineCommand<MoveRequest>({
  name: "ANTIPODE MOVEHOME",
  group: "antipode",
  since: "0.3.0",
  arity: 4,
  flags: ["write", "admin"],
  syntax: "home region",
  summary:
    "Moves a home to another member. Runs in the region that is the home now; of one that has left for good, in the first member by name.",
  complexity: "O(N) in the number of members",
  convergence:
    "N3: the old home serves it no more from here on; the new one does once it has this, and with it all that was written before.",
  parse: (args) => ({ home: args[0]!, region: args[1]! }),
  run(tx, { home, region }, { server }): Reply {
    const { database, homes } = server;
    const own = server.facts().region;
    const members = [own, ...database.otherRegions()].toSorted();
    if (!members.includes(region)) throw BAD_REGION;
    const record = homes.recordOf(home, tx);
    if (record === null) throw noSuchHome(home);
    // All remaining members have dropped its links by the time it counts as gone. It stops serving one life of a silent link after the
    // last question that a majority has answered, hence the lease.
    const steward = database.hasLeft(record.region) ? members[0]! : record.region;
    if (steward !== own) throw runThere(home, steward);
    if (record.region === region) return OK;
    const leaseMs = record.region === own ? 0 : homes.leaseLeftMs(record.region);
    if (leaseMs > 0) throw homeLease(leaseMs);
    if (record.region === own) {
      const place = homes.placeOf(home, tx);
      if (place instanceof ReplyError) throw place;
    }
    if (record.epoch >= EPOCH_MAX) throw HOME_MOVES_ENDED;
    HOMES.put(tx, home, formatHome({ region, epoch: record.epoch + 1 }));
    return OK;
  },
});

export const antipodeHome = defineCommand({
  name: "ANTIPODE HOME",
  group: "antipode",
  since: "0.3.0",
  arity: 3,
  flags: ["readonly"],
  syntax: "home",
  summary:
    "Tells which region is the home now, how often it was moved, and whether this region could have a command run there.",
  complexity: "O(N) in the number of members",
  convergence: READS_LOCALLY,
  parse: (args) => args[0]!,
  run(tx, home, { server }): Reply {
    const record = server.homes.recordOf(home, tx);
    if (record === null) return null;
    const place = server.homes.placeOf(home, tx);
    const isLinked =
      place instanceof ReplyError || place.kind === "here" || server.homes.peers.linked().includes(place.region);
    const state = place instanceof ReplyError ? place.code : !isLinked ? "unreachable" : place.kind;
    return new MapReply([
      ["region", utf8ToBinary(record.region)],
      ["epoch", record.epoch],
      ["state", state.toLowerCase()],
    ]);
  },
});
