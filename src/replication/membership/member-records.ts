import { isOriginId, isRegionName, type RegionName } from "../../crdt/origin.ts";
import { isNamedVector, type NamedVector } from "../../crdt/version-vector.ts";
import { PLACE_FIELD, readPlace, type RegionPlace } from "./region-place.ts";

/**
 * Members as data: one hash of the system database, which replicates like any other.
 *
 *     member:NAME          what the operators want of a region, the later of concurrent changes counts, whole
 *     left:NAME:REPORTER   what REPORTER has of a region that leaves, and whose links it had cut by then
 *     url:NAME             its gossip address, where the record has none. Whoever adds a region writes down all others, and does not know
 *                          its own address: of two who do so at once the later would take one away
 *     place:NAME           where clients find it, in its own words
 */
export const MEMBERS_KEY = "members";

/**
 * `learner`: catches up, serves no clients yet. `member`: serves. `leaving`: takes no more writes and hands over what it has;
 * `left`: has done so. `evicted`: gone, by an operator's word alone.
 */
export const MEMBER_STATES = ["learner", "member", "leaving", "left", "evicted"] as const;
export type MemberState = (typeof MEMBER_STATES)[number];

export interface MemberRecord {
  readonly state: MemberState;
  /** Where its gossip address is, `ws://HOST:PORT`; null: as the flags say. */
  readonly url: string | null;
}

export interface LeftReport {
  /** What the reporter has of the region's batches, durably or not. */
  readonly vector: NamedVector;
  /** Regions with which it had no more links when it said so. */
  readonly cut: readonly RegionName[];
}

export interface MemberRecords {
  readonly members: ReadonlyMap<RegionName, MemberRecord>;
  /** By the region that leaves, then by reporter. */
  readonly left: ReadonlyMap<RegionName, ReadonlyMap<RegionName, LeftReport>>;
  readonly places: ReadonlyMap<RegionName, RegionPlace>;
}

export const NO_RECORDS: MemberRecords = { members: new Map(), left: new Map(), places: new Map() };

const MEMBER = "member:";
const LEFT = "left:";
const URL_FIELD = "url:";

export const memberField = (region: RegionName): string => MEMBER + region;
export const urlField = (region: RegionName): string => URL_FIELD + region;
export const leftField = (region: RegionName, reporter: RegionName): string => `${LEFT}${region}:${reporter}`;

/** Reads the hash. What is not understood is passed over: a later version may write more. */
export function parseMemberRecords(fields: Iterable<readonly [string, string]>): MemberRecords {
  const members = new Map<RegionName, MemberRecord>();
  const left = new Map<RegionName, Map<RegionName, LeftReport>>();
  const places = new Map<RegionName, RegionPlace>();
  const urls = new Map<RegionName, string>();
  for (const [field, text] of fields) {
    const value = parsed(text);
    if (value === null) continue;
    if (field.startsWith(MEMBER)) {
      const region = field.slice(MEMBER.length);
      const { state, url } = value;
      const known = MEMBER_STATES.find((one) => one === state);
      if (!isRegionName(region) || known === undefined) continue;
      members.set(region, { state: known, url: typeof url === "string" ? url : null });
    } else if (field.startsWith(URL_FIELD)) {
      if (typeof value["url"] === "string") urls.set(field.slice(URL_FIELD.length), value["url"]);
    } else if (field.startsWith(LEFT)) {
      const [region, reporter] = field.slice(LEFT.length).split(":") as [string, string | undefined];
      const { vector, cut } = value;
      if (!isRegionName(region) || reporter === undefined || !isRegionName(reporter) || !isNamedVector(vector))
        continue;
      const regions = Array.isArray(cut) ? cut.filter((one): one is string => typeof one === "string") : [];
      const reports = left.get(region) ?? new Map<RegionName, LeftReport>();
      left.set(region, reports.set(reporter, { vector, cut: regions }));
    } else if (field.startsWith(PLACE_FIELD)) {
      const region = field.slice(PLACE_FIELD.length);
      if (isRegionName(region)) places.set(region, readPlace(value));
    }
  }
  for (const [region, record] of members) {
    if (record.url === null) members.set(region, { ...record, url: urls.get(region) ?? null });
  }
  return { members, left, places };
}

export const formatUrl = (url: string): string => JSON.stringify({ url });
export const formatMember = (record: MemberRecord): string => JSON.stringify(record);
export const formatLeft = (report: LeftReport): string => JSON.stringify(report);

/** A vector's part that a region issued. */
export function partOf(vector: NamedVector, region: RegionName): NamedVector {
  const prefix = `${region}#`;
  return Object.fromEntries(Object.entries(vector).filter(([id]) => isOriginId(id) && id.startsWith(prefix)));
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
