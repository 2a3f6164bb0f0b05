/**
 * `antipode/client/rest`: what of `antipode/client` works where there are no sockets (edge functions, browsers), over `fetch` alone.
 */
export { CLIENT_LIMITS } from "./limits.ts";
export type { ClientLimits } from "./limits.ts";
export { readRegionList, RegionListError } from "./region-list.ts";
export type { ClientRegion, ListedRegion } from "./region-list.ts";
export type { RegionSight } from "./region-sight.ts";
export type { MovedEvent, RegionWatch, WatchEvents } from "./region-watch.ts";
export { upstashRequester } from "./upstash.ts";
export type { UpstashOptions, UpstashRequester } from "./upstash.ts";
export { NoRegionsError, watchRestRegions } from "./watch-regions.ts";
export type { WatchOptions } from "./watch-regions.ts";
