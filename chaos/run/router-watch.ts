import type { EventLine } from "../record/lines.ts";
import { repeat, type RunClock } from "./run-clock.ts";

const LOOK_EVERY_MS = 100;
const ASK_TIMEOUT_MS = 1_000;
const STATE = /^antipode_router_region_state\{region="([^"]+)",state="([^"]+)"\} 1$/gmu;

/** What the router holds of each region, as its metrics say. */
export async function routerStates(admin: string): Promise<ReadonlyMap<string, string>> {
  const response = await fetch(`http://${admin}/metrics`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  const text = await response.text();
  return new Map([...text.matchAll(STATE)].map(([, region, state]) => [region!, state!]));
}

/** Tells when the router begins to doubt a region (detected), sends clients elsewhere (decided), and sends them there again. */
export function startRouterWatch(
  admin: string,
  clock: RunClock,
  write: (line: EventLine) => void,
): { stop(): Promise<void> } {
  const known = new Map<string, string>();
  return repeat(LOOK_EVERY_MS, async () => {
    const states = await routerStates(admin);
    for (const [region, state] of states) {
      const before = known.get(region);
      known.set(region, state);
      const kind = before === undefined ? null : kindOf(before, state);
      if (kind === null) continue;
      write({ line: "event", atMs: clock.now(), kind, region, detail: `the router holds ${region} for ${state}` });
    }
  });
}

const AVAILABLE = new Set(["healthy", "warming"]);

function kindOf(before: string, state: string): EventLine["kind"] | null {
  if (before === state) return null;
  if (state === "suspect") return "detected";
  if (state === "down") return "decided";
  if (AVAILABLE.has(state) && !AVAILABLE.has(before)) return "returned";
  return null;
}
