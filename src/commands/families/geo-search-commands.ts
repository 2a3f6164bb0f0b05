import type { BinaryString } from "../../base/bytes.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { Reply } from "../../resp/reply.ts";
import type { CommandFlag } from "../command-meta.ts";
import { defineCommand, READS_LOCALLY, type Command } from "../define-command.ts";
import type { KeySpec } from "../key-specs.ts";
import { answer, geoQuery, type GeoForm, type GeoQuery } from "./geo-query.ts";
import type { Hit } from "./geo-search.ts";
import { distanceText, placeReply } from "./geo-words.ts";

/** Searching places near a place, and storing what is found. */

interface SearchShape {
  readonly name: string;
  readonly since: string;
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly keys: KeySpec | readonly KeySpec[];
  readonly syntax: string;
  readonly summary: string;
  readonly form: Omit<GeoForm, "name">;
}

const STORES =
  "K9, Z3: as effects: what was observed of the destination is deleted, what this region found is written.";

function defineSearch({ form, ...meta }: SearchShape): Command {
  const named: GeoForm = { ...form, name: meta.name.toLowerCase() };
  return defineCommand<readonly BinaryString[]>({
    ...meta,
    group: "geo",
    complexity: "O(N+log(M)) for N members in the cells around the shape, of M",
    convergence: form.stores === "nothing" ? READS_LOCALLY : STORES,
    parse: (args) => args,
    run(tx, args) {
      const [to, from, words] =
        form.stores === "distance" ? [args[0]!, args[1]!, args.slice(2)] : [null, args[0]!, args.slice(1)];
      const set = tx.sortedSets.get(from);
      const query = geoQuery(set, words, named);
      const hits = answer(set, query);
      const storeKey = to ?? query.storeKey;
      return storeKey === null ? hits.map((hit) => hitReply(hit, query)) : store(tx, storeKey, hits, query);
    },
  });
}

function hitReply({ member, distanceMeters, score, place }: Hit, query: GeoQuery): Reply {
  const details: Reply[] = [];
  if (query.withDistance) details.push(distanceText(distanceMeters / query.measured!.metersPerUnit));
  if (query.withHash) details.push(Math.trunc(score));
  if (query.withPlace) details.push(placeReply(place));
  return details.length === 0 ? member : [member, ...details];
}

function store(tx: Transaction, key: BinaryString, hits: readonly Hit[], query: GeoQuery): number {
  const scored = hits.map(({ member, score, distanceMeters }) => ({
    member,
    score: query.storesDistance ? distanceMeters / query.measured!.metersPerUnit : score,
  }));
  tx.sortedSets.store(key, scored);
  return scored.length;
}

const CENTRE = "<FROMMEMBER member | FROMLONLAT longitude latitude>";
const AREA = "<BYRADIUS radius <M | KM | FT | MI> | BYBOX width height <M | KM | FT | MI>>";
const RADIUS = "radius <M | KM | FT | MI>";
const ORDER = "[ASC | DESC] [COUNT count [ANY]]";
const DETAILS = "[WITHCOORD] [WITHDIST] [WITHHASH]";
const STORE = "[STORE key | STOREDIST key]";
const READ: KeySpec = { first: 1, last: 1, step: 1, flags: ["RO", "access"] };

/** GEORADIUS names the keys it stores to among its options. */
const readAndStored = (from: number): readonly KeySpec[] => [
  READ,
  { word: "STORE", from, last: 0, step: 1, flags: ["OW", "update"] },
  { word: "STOREDIST", from, last: 0, step: 1, flags: ["OW", "update"] },
];

export const geosearch = defineSearch({
  name: "GEOSEARCH",
  since: "6.2.0",
  arity: -7,
  flags: ["readonly"],
  keys: READ,
  syntax: `key ${CENTRE} ${AREA} ${ORDER} ${DETAILS}`,
  summary: "Answers the members within a circle or a box around a place.",
  form: { begins: "options", stores: "nothing" },
});

export const geosearchstore = defineSearch({
  name: "GEOSEARCHSTORE",
  since: "6.2.0",
  arity: -8,
  flags: ["write", "denyoom"],
  keys: [
    { first: 1, last: 1, step: 1, flags: ["OW", "update"] },
    { first: 2, last: 2, step: 1, flags: ["RO", "access"] },
  ],
  syntax: `destination source ${CENTRE} ${AREA} ${ORDER} [STOREDIST]`,
  summary: "Stores the members within a circle or a box around a place; answers how many they are.",
  form: { begins: "options", stores: "distance" },
});

export const georadius = defineSearch({
  name: "GEORADIUS",
  since: "3.2.0",
  arity: -6,
  flags: ["write", "denyoom"],
  keys: readAndStored(6),
  syntax: `key longitude latitude ${RADIUS} ${DETAILS} ${ORDER} ${STORE}`,
  summary: "The older form of GEOSEARCH, for a circle around coordinates; can store what it finds.",
  form: { begins: "place", stores: "keys" },
});

export const georadiusRo = defineSearch({
  name: "GEORADIUS_RO",
  since: "3.2.10",
  arity: -6,
  flags: ["readonly"],
  keys: READ,
  syntax: `key longitude latitude ${RADIUS} ${DETAILS} ${ORDER}`,
  summary: "GEORADIUS that only reads.",
  form: { begins: "place", stores: "nothing" },
});

export const georadiusbymember = defineSearch({
  name: "GEORADIUSBYMEMBER",
  since: "3.2.0",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: readAndStored(5),
  syntax: `key member ${RADIUS} ${DETAILS} ${ORDER} ${STORE}`,
  summary: "The older form of GEOSEARCH, for a circle around a member; can store what it finds.",
  form: { begins: "member", stores: "keys" },
});

export const georadiusbymemberRo = defineSearch({
  name: "GEORADIUSBYMEMBER_RO",
  since: "3.2.10",
  arity: -5,
  flags: ["readonly"],
  keys: READ,
  syntax: `key member ${RADIUS} ${DETAILS} ${ORDER}`,
  summary: "GEORADIUSBYMEMBER that only reads.",
  form: { begins: "member", stores: "nothing" },
});
