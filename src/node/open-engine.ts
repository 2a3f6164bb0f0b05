import { existsSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { systemRandom } from "../base/random.ts";
import type { KeyspaceLimits } from "../keyspace/keyspace.ts";
import type { HeldDirectory } from "../storage/directory.ts";
import { Engine } from "./engine.ts";
import type { NodeOptions } from "./node-options.ts";

/** Opens the next incarnation of this node's region from what its directory proves. */
export function openEngine(
  options: NodeOptions,
  clock: Clock,
  logger: Logger,
  directory: HeldDirectory,
  limits: KeyspaceLimits,
): Promise<Engine> {
  return Engine.open({
    directory,
    region: options.region,
    members: [options.region, ...options.peers.map((peer) => peer.name)],
    durability: options.durability,
    segmentBytes: options.segmentBytes,
    limits,
    clock,
    random: systemRandom(),
    logger,
    beforeWrite: injectedFailure,
  });
}

/** Fault injection for tests of recovery: while the file that ANTIPODE_FAIL_WRITES_WHILE names exists, the log's writes fail. */
function injectedFailure(): Error | null {
  const path = process.env["ANTIPODE_FAIL_WRITES_WHILE"];
  if (path === undefined || !existsSync(path)) return null;
  return Object.assign(new Error("ENOSPC: no space left on device, write (injected)"), { code: "ENOSPC" });
}
