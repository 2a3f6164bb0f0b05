import type { RegionProcess } from "./region-process.ts";

interface Regions {
  region(name: string): RegionProcess;
}

interface Member {
  readonly region: string;
  readonly state: string;
  readonly isGone: boolean;
}

const WAIT_MS = 60_000;
const ASK_EVERY_MS = 50;
const ASK_TIMEOUT_MS = 2_000;

/** A region's admin door was asked and refused, or something awaited did not come about. */
export class MembersError extends Error {
  override readonly name = "MembersError";
}

/** Asks `at` to add, remove or evict `region`. */
export async function orderMember(
  world: Regions,
  at: string,
  order: "add" | "remove" | "evict",
  region: string,
  url?: string,
): Promise<void> {
  const { admin } = world.region(at).plan.doors;
  const response = await fetch(`http://${admin}/members/${order}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ region, ...(url === undefined ? {} : { url }) }),
  });
  if (!response.ok) throw new MembersError(`${at} does not ${order} ${region}: ${await response.text()}`);
}

export function waitUntilGone(world: Regions, at: string, region: string): Promise<void> {
  return eventually(`${region} is gone`, async () => {
    const response = await ask(`http://${world.region(at).plan.doors.admin}/members`);
    const members = (await response.json()) as readonly Member[];
    return members.some((member) => member.region === region && member.isGone);
  });
}

/** Resolves once its admin door is open, whether it serves clients or not. */
export function waitUntilAnswering(world: Regions, region: string): Promise<void> {
  return eventually(
    `${region} answers`,
    async () => (await ask(`http://${world.region(region).plan.doors.admin}/livez`)).ok,
  );
}

/** Resolves once the region, back after it was put out, knows that and refuses clients. */
export function waitUntilRefusing(world: Regions, region: string): Promise<void> {
  return eventually(`${region} refuses clients`, async () => {
    const response = await ask(`http://${world.region(region).plan.doors.admin}/status`);
    return ((await response.json()) as { readonly state: string }).state === "left";
  });
}

function ask(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
}

/** Asks again until it holds; what is not answered counts as no. */
export async function eventually(what: string, holds: () => Promise<boolean>, waitMs = WAIT_MS): Promise<void> {
  const giveUp = performance.now() + waitMs;
  let last: unknown = null;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > giveUp) throw new MembersError(`gave up waiting: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
