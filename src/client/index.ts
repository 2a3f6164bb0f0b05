/**
 * `antipode/client`: for programs that choose their region by themselves. It imports no client library: the caller hands over the
 * constructor of the one it uses.
 */
export { readRegionList, RegionListError } from "./region-list.ts";
export type { ClientRegion, ListedRegion } from "./region-list.ts";
