import * as clocks from "./clock-faults.ts";
import * as cuts from "./cut-faults.ts";
import * as disks from "./disk-faults.ts";
import type { FaultKind } from "./fault.ts";
import * as links from "./link-faults.ts";
import * as members from "./member-faults.ts";
import * as processes from "./process-faults.ts";

/** Every fault a scenario can name. */
export const FAULTS: Readonly<Record<string, FaultKind>> = {
  kill: processes.kill,
  "lose-disk": processes.loseDisk,
  pause: processes.pause,
  "rolling-restart": processes.rollingRestart,
  "older-version": processes.olderVersion,
  outage: cuts.outage,
  partition: cuts.partition,
  "one-way": cuts.oneWay,
  bridge: cuts.bridge,
  ring: cuts.ring,
  slow: links.slow,
  thin: links.thin,
  "cut-frames": links.cutFrames,
  flap: links.flap,
  "reset-storm": links.resetStorm,
  swizzle: links.swizzle,
  clock: clocks.clock,
  "clock-jumps": clocks.clockJumps,
  "disk-full": disks.diskFull,
  "take-copy": disks.takeCopy,
  "old-copy": disks.oldCopy,
  twin: disks.twin,
  "add-region": members.addRegion,
  "remove-region": members.removeRegion,
  "evict-region": members.evictRegion,
};
