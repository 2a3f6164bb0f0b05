import type { RegionName } from "../../crdt/origin.ts";
import type { NamedVector } from "../../crdt/version-vector.ts";
import { partOf, type LeftReport, type MemberRecords, type MemberState } from "./member-records.ts";
import { NO_PLACE, type RegionPlace } from "./region-place.ts";

/**
 * Who is a member, as a function of the records and of what the flags say. Rules:
 *
 * [MB1] A region without a record is a member when its own or another's flags name it: that is how a database begins.
 * [MB2] A region that leaves (left, evicted) is cut off by each other member as soon as it reads so. What any of them has of it they
 *       hand each other as always.
 * [MB3] Each remaining member then writes down what it has of it, and with whom it has cut its links. Its *final frontier* is the
 *       union of all that was written; it is complete once every remaining member has written, after cutting every region that
 *       leaves. Nothing beyond it can reach anyone any more.
 * [MB4] It counts for stability until its frontier is complete and applied here.
 * [MB5] A name that has left is never used again: a directory that comes back under it would bring what was left out.
 * [MB6] A change of members counts where it was asked for once it is durable there: a region that is told to leave by somebody who
 *       then loses the order in a crash would stay away for nothing. Between hearing of it and its being durable nothing is called stable,
 *       and a region that is starting does not begin to serve.
 */
export interface MembershipFacts {
  readonly own: RegionName;
  /** Regions of the flags, ourselves not among them. */
  readonly peers: readonly { readonly name: RegionName; readonly url: string }[];
  readonly records: MemberRecords;
  /** All of this is applied here. */
  readonly hasApplied: (vector: NamedVector) => boolean;
}

export interface MemberView {
  readonly region: RegionName;
  readonly state: MemberState;
  readonly url: string | null;
  readonly place: RegionPlace;
  /** Of one that leaves: what is known of its final frontier, who has not reported, and whether it is complete and here. */
  readonly frontier: NamedVector | null;
  readonly awaited: readonly RegionName[];
  readonly isGone: boolean;
}

export interface Membership {
  /** Everyone who is or was, by name, ourselves included. */
  readonly all: readonly MemberView[];
  /** Whose acknowledgement is needed for stability, ourselves included. */
  readonly counted: readonly RegionName[];
  /** Whom to dial and to admit. */
  readonly peers: readonly { readonly name: RegionName; readonly url: string }[];
  /** Regions whose links are cut, in order. */
  readonly cut: readonly RegionName[];
  /** What is wanted of ourselves. */
  readonly own: MemberState;
}

export function membershipOf({ own, peers, records, hasApplied }: MembershipFacts): Membership {
  const urls = new Map(peers.map(({ name, url }) => [name, url]));
  const names = new Set<RegionName>([own, ...urls.keys(), ...records.members.keys()]);
  const stateOf = (region: RegionName): MemberState => records.members.get(region)?.state ?? "member";
  const cut = [...names].filter((region) => isCut(stateOf(region))).toSorted();
  const remaining = [...names].filter((region) => !isCut(stateOf(region)));
  const all = [...names].toSorted().map((region): MemberView => {
    const state = stateOf(region);
    const url = records.members.get(region)?.url ?? urls.get(region) ?? null;
    const place = records.places.get(region) ?? NO_PLACE;
    if (!isCut(state)) return { region, state, url, place, frontier: null, awaited: [], isGone: false };
    const reports = records.left.get(region) ?? new Map<RegionName, LeftReport>();
    const frontier = union([...reports.values()].map((report) => partOf(report.vector, region)));
    const awaited = remaining.filter((member) => !cut.every((one) => reports.get(member)?.cut.includes(one) ?? false));
    const isGone = awaited.length === 0 && hasApplied(frontier);
    return { region, state, url, place, frontier, awaited: awaited.toSorted(), isGone };
  });
  return {
    all,
    counted: all.filter(({ isGone }) => !isGone).map(({ region }) => region),
    peers: all.flatMap(({ region, state, url }) =>
      region === own || isCut(state) || url === null ? [] : [{ name: region, url }],
    ),
    cut,
    own: stateOf(own),
  };
}

/** [MB2] */
export function isCut(state: MemberState): boolean {
  return state === "left" || state === "evicted";
}

export function union(vectors: readonly NamedVector[]): NamedVector {
  const sum: Record<string, number> = {};
  for (const vector of vectors) {
    for (const [id, sequence] of Object.entries(vector)) sum[id] = Math.max(sum[id] ?? 0, sequence);
  }
  return sum;
}
