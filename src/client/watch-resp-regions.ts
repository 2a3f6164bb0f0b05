import { systemClock } from "../base/clock.ts";
import type { RegionWatch } from "./region-watch.ts";
import { RespProbe, type RespCredentials } from "./resp-probe.ts";
import { watchWith, type WatchOptions } from "./watch-regions.ts";

/** Watches regions for programs that use the Redis protocol, logging in as they do. See `watchWith`. */
export function watchRegions(options: WatchOptions & RespCredentials): Promise<RegionWatch> {
  return watchWith(new RespProbe(options, systemClock()), options);
}
