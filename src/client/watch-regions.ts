import { systemClock } from "../base/clock.ts";
import { letGo } from "./let-go.ts";
import { CLIENT_LIMITS, type ClientLimits } from "./limits.ts";
import { readRegionList, RegionListError, type ClientRegion } from "./region-list.ts";
import type { RegionProbe } from "./region-probe.ts";
import { RegionWatch } from "./region-watch.ts";
import { fetchErrorText, RestProbe, type Fetch } from "./rest-probe.ts";

/** What watching needs whatever the protocol. */
export interface WatchOptions {
  /** The regions, in the order in which they are tried before anything was measured. */
  readonly regions?: readonly ClientRegion[];
  /** REST addresses of routers or regions whose `GET /regions` is followed: `https://HOST`. The first that answers counts. */
  readonly from?: readonly string[];
  /** Taken whenever it is up. */
  readonly prefer?: string;
  /** Where this program is, `LAT,LON`: the list is then ordered by distance. */
  readonly location?: string;
  readonly limits?: Partial<ClientLimits>;
  readonly fetch?: Fetch;
}

/** Neither a region nor a list of them was given or could be read. */
export class NoRegionsError extends Error {
  override readonly name = "NoRegionsError";
}

/** Watches regions for programs that use their REST addresses. See `watchWith`. */
export function watchRestRegions(options: WatchOptions): Promise<RegionWatch> {
  return watchWith(new RestProbe(options.fetch ?? ((url, init) => fetch(url, init)), systemClock()), options);
}

/**
 * Begins to watch; resolves once every region was heard of or failed its first look, at the latest after `probeTimeoutMaxMs` and a bit.
 * Rejects with NoRegionsError.
 */
export async function watchWith(probe: RegionProbe, options: WatchOptions): Promise<RegionWatch> {
  const limits = { ...CLIENT_LIMITS, ...options.limits };
  const watch = new RegionWatch({ probe, prefer: options.prefer ?? null, limits, clock: systemClock() });
  const given = options.regions ?? [];
  const listed = await readLists(watch, options, limits);
  const regions = merged(given, listed ?? []);
  watch.setRegions(regions);
  if (watch.sights().length === 0) {
    watch.close();
    throw new NoRegionsError(
      regions.length === 0
        ? "no region was given, and no list of them could be read"
        : "no region has an address of the protocol that is wanted",
    );
  }
  await heardOfAll(watch, limits.probeTimeoutMaxMs + 100);
  watch.begin();
  if ((options.from ?? []).length > 0) follow(watch, given, options, limits);
  return watch;
}

function follow(watch: RegionWatch, given: readonly ClientRegion[], options: WatchOptions, limits: ClientLimits): void {
  let isReading = false;
  const timer = setInterval(() => {
    if (isReading) return;
    isReading = true;
    void readLists(watch, options, limits).then((listed) => {
      isReading = false;
      const regions = merged(given, listed ?? []);
      // A list that has become empty is a mistake rather than the end of all regions.
      if (listed !== null && regions.length > 0) watch.setRegions(regions);
    });
  }, limits.listIntervalMs);
  letGo(timer);
  watch.onClose(() => clearInterval(timer));
}

/** What was given wins over what is listed. */
function merged(given: readonly ClientRegion[], listed: readonly ClientRegion[]): readonly ClientRegion[] {
  const own = new Map(given.map((region) => [region.name, region]));
  const order = [...listed.map(({ name }) => name), ...own.keys()];
  return [...new Set(order)].map((name) => own.get(name) ?? listed.find((one) => one.name === name)!);
}

/** The first list that can be read; null where none can. */
async function readLists(
  watch: RegionWatch,
  options: WatchOptions,
  limits: ClientLimits,
): Promise<readonly ClientRegion[] | null> {
  const ask: Fetch = options.fetch ?? ((url, init) => fetch(url, init));
  const query = options.location === undefined ? "" : `?at=${encodeURIComponent(options.location)}`;
  for (const from of options.from ?? []) {
    const url = `${from.replace(/\/$/u, "")}/regions${query}`;
    const giveUp = new AbortController();
    const timer = setTimeout(
      () => giveUp.abort(new Error(`no answer within ${limits.listTimeoutMs} ms`)),
      limits.listTimeoutMs,
    );
    try {
      const reply = await ask(url, { signal: giveUp.signal });
      if (!reply.ok) throw new RegionListError(`status ${reply.status}`);
      return readRegionList(await reply.json());
    } catch (error) {
      watch.listFailed(url, fetchErrorText(error));
    } finally {
      clearTimeout(timer);
    }
  }
  return null;
}

function heardOfAll(watch: RegionWatch, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      endWatch();
      resolve();
    };
    const timer = setTimeout(done, withinMs);
    const endWatch = watch.on("region", () => {
      if (watch.isAllHeard) done();
    });
  });
}
