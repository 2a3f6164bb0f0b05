import { counters, hashes, sets, transactions } from "./collections.ts";
import { sessions } from "./sessions.ts";
import { roaming, strings } from "./strings.ts";
import type { WorkloadKind } from "./workload.ts";

/** Every workload a scenario can name. Locks and limits join here with the product's own commands for them. */
export const WORKLOADS: Readonly<Record<string, WorkloadKind>> = {
  sessions,
  counters,
  sets,
  hashes,
  transactions,
  strings,
  roaming,
};
