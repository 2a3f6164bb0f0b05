import { isBareUrl } from "../base/bare-url.ts";
import { geoPoint } from "../base/geo-point.ts";
import type { GeoPoint } from "../base/geo-point.ts";
import type { RegionAddress } from "./region-flag.ts";

/**
 * Which regions there are, from what the operator configured and from what regions say of each other (`GET /regions`). Routers share no
 * state: each asks for itself, and all come to the same, because the regions' records converge. Rules:
 *
 * [FO1] What is configured wins: an address given by `--region` stands in the place of the announced one.
 * [FO2] A region is in while some answer says that it is a member, and out for good once any answer says that it is leaving, has left or was
 *       evicted: those are words that are never taken back, so the answers of regions that have not heard them yet do not matter.
 * [FO3] An answer that fails, or is not understood, changes nothing; what a region said last holds until it says something else.
 * [FO4] Of a region's place its own word counts, before that of others.
 * [FO5] A configured region that nobody has ever told of stays: it is the operator's.
 * [FO6] A region without a REST address that could be used is not used.
 */
export interface ToldRegion {
  readonly name: string;
  readonly standing: "member" | "learner" | "out";
  readonly rest: string | null;
  readonly resp: string | null;
  readonly location: GeoPoint | null;
}

/** One region's answer. */
export interface ToldList {
  /** Who answered. */
  readonly by: string;
  readonly regions: readonly ToldRegion[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u;
const REGIONS_MAX = 256;
const OUT: ReadonlySet<unknown> = new Set(["leaving", "left", "evicted"]);

/** Reads the body of a region's `GET /regions`; null where it is none. A region in it that is not understood is passed over. */
export function readToldList(body: string): ToldList | null {
  const answer = parsed(body);
  const by = answer?.["region"];
  const list = answer?.["regions"];
  if (typeof by !== "string" || !NAME.test(by) || !Array.isArray(list) || list.length > REGIONS_MAX) return null;
  const regions = list.flatMap((one: unknown): ToldRegion[] => {
    if (typeof one !== "object" || one === null) return [];
    const { name, state, rest, resp, latitude, longitude } = one as Readonly<Record<string, unknown>>;
    if (typeof name !== "string" || !NAME.test(name)) return [];
    const standing = OUT.has(state) ? "out" : state === "member" ? "member" : "learner";
    return [
      {
        name,
        standing,
        rest: address(rest, ["http:", "https:"]),
        resp: address(resp, ["redis:", "rediss:"]),
        location: geoPoint(latitude, longitude),
      },
    ];
  });
  return { by, regions };
}

export class RegionDirectory {
  #configured: readonly RegionAddress[];
  readonly #lists = new Map<string, ToldList>();
  readonly #out = new Set<string>();

  constructor(configured: readonly RegionAddress[]) {
    this.#configured = configured;
  }

  configure(regions: readonly RegionAddress[]): void {
    this.#configured = regions;
  }

  /** [FO3] */
  told(list: ToldList): void {
    this.#lists.set(list.by, list);
    for (const { name, standing } of list.regions) if (standing === "out") this.#out.add(name);
  }

  /** Members that announce no address the router could use. */
  unusable(): readonly string[] {
    const usable = new Set(this.regions().map(({ name }) => name));
    const told = [...this.#lists.values()].flatMap(({ regions }) => regions);
    const members = told.filter(({ standing, name }) => standing === "member" && !this.#out.has(name));
    return [...new Set(members.map(({ name }) => name))].filter((name) => !usable.has(name)).toSorted();
  }

  /** The regions to send clients to: configured ones in their order, then the others by name. */
  regions(): readonly RegionAddress[] {
    const told = this.#toldPlaces();
    const configured = this.#configured
      .filter(({ name }) => !this.#out.has(name))
      .map((region) => withTold(region, told.get(region.name)));
    const names = new Set(this.#configured.map(({ name }) => name));
    const followed = [...told.values()]
      .filter(({ name, standing }) => !names.has(name) && !this.#out.has(name) && standing === "member")
      .flatMap((region) => asAddress(region));
    return [...configured, ...followed.toSorted((one, other) => (one.name < other.name ? -1 : 1))];
  }

  /** [FO2] [FO4] */
  #toldPlaces(): Map<string, ToldRegion> {
    const places = new Map<string, ToldRegion>();
    for (const { by, regions } of [...this.#lists.values()].toSorted((one, other) => (one.by < other.by ? -1 : 1))) {
      for (const region of regions) {
        const known = places.get(region.name);
        const isMember = known?.standing === "member" || region.standing === "member";
        const said = known === undefined || by === region.name || !hasPlace(known) ? region : known;
        places.set(region.name, { ...said, standing: isMember ? "member" : said.standing });
      }
    }
    return places;
  }
}

const hasPlace = ({ rest, resp, location }: ToldRegion): boolean => rest !== null || resp !== null || location !== null;

/** [FO1] */
function withTold(region: RegionAddress, told: ToldRegion | undefined): RegionAddress {
  return {
    ...region,
    publicRest: region.publicRest ?? told?.rest ?? null,
    publicResp: region.publicResp ?? told?.resp ?? null,
    location: region.location ?? told?.location ?? null,
  };
}

/** [FO6] */
function asAddress({ name, rest, resp, location }: ToldRegion): RegionAddress[] {
  if (rest === null) return [];
  const respUrl = resp === null ? null : withPort(resp);
  return [{ name, restUrl: rest, respUrl, publicRest: rest, publicResp: resp, location }];
}

const withPort = (url: string): string => (new URL(url).port === "" ? `${url}:6379` : url);

function address(value: unknown, protocols: readonly string[]): string | null {
  return typeof value === "string" && isBareUrl(value, protocols) ? value.replace(/\/$/u, "") : null;
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
