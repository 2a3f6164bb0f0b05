import { counters, hashes, sets, transactions } from "./collections.ts";
import { limits, locks } from "./owned.ts";
import { sessions } from "./sessions.ts";
import { roaming, strings } from "./strings.ts";
import type { WorkloadKind } from "./workload.ts";

/** Every workload a scenario can name. */
export const WORKLOADS: Readonly<Record<string, WorkloadKind>> = {
  sessions,
  counters,
  sets,
  hashes,
  transactions,
  strings,
  roaming,
  locks,
  limits,
};
