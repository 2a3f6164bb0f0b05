/** A region as a client may reach it. */
export interface ClientRegion {
  readonly name: string;
  /** `https://HOST[:PORT]` of its REST address; null where it announces none. */
  readonly rest: string | null;
  /** `redis://HOST:PORT` or `rediss://HOST:PORT`; null where it announces none. */
  readonly resp: string | null;
}

/** A region as `GET /regions` tells of it. */
export interface ListedRegion extends ClientRegion {
  /** Whether the one who was asked would send a client there now. */
  readonly available: boolean;
}

/** The answer was none. The message is one line. */
export class RegionListError extends Error {
  override readonly name = "RegionListError";
}

/** More regions than anybody has are a mistake, or not meant well. */
const REGIONS_MAX = 256;

/**
 * Reads the body of `GET /regions`, of a router or of a region, in its order: nearest to the caller first. Fields that are not known are
 * passed over, and so is a region without any address that a client could use. Throws RegionListError.
 */
export function readRegionList(body: unknown): readonly ListedRegion[] {
  const regions = isRecord(body) ? body["regions"] : null;
  if (!Array.isArray(regions)) throw new RegionListError('the answer has no list "regions"');
  if (regions.length > REGIONS_MAX) throw new RegionListError(`the answer lists more than ${REGIONS_MAX} regions`);
  const listed = regions.map((one: unknown) => readRegion(one));
  return listed.filter(({ rest, resp }) => rest !== null || resp !== null);
}

function readRegion(value: unknown): ListedRegion {
  const name = isRecord(value) ? value["name"] : null;
  if (!isRecord(value) || typeof name !== "string" || name === "") throw new RegionListError("a region has no name");
  return {
    name,
    rest: readUrl(value["rest"], /^https?:$/u),
    resp: readUrl(value["resp"], /^rediss?:$/u),
    available: value["available"] !== false,
  };
}

function readUrl(value: unknown, protocol: RegExp): string | null {
  if (typeof value !== "string" || !URL.canParse(value)) return null;
  return protocol.test(new URL(value).protocol) ? value.replace(/\/$/u, "") : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
