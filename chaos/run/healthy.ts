import { eventually } from "../world/members.ts";
import type { World } from "../world/start-world.ts";
import { routerStates } from "./router-watch.ts";

const WAIT_MS = 30_000;

interface Status {
  readonly state: string;
  readonly peers: readonly { readonly connected: boolean }[];
}

/** Resolves once every region serves clients; after `withinMs` all the same: what comes then tells. */
export async function awaitServing(world: World, withinMs: number): Promise<void> {
  const all = async (): Promise<boolean> => {
    const answers = await Promise.all(world.nodes.map(({ ready }) => fetch(`http://${ready.admin}/readyz`)));
    return answers.every(({ ok }) => ok);
  };
  await eventually("every region serves", all, withinMs).catch(() => {});
}

/** Resolves once every region serves and is connected to all others, and the router holds all for healthy. Rejects when that takes too long. */
export async function awaitHealthy(world: World): Promise<void> {
  await eventually(
    "every region serves and hears every other",
    async () => {
      const statuses = await Promise.all(
        world.nodes.map(async ({ ready }) => (await (await fetch(`http://${ready.admin}/status`)).json()) as Status),
      );
      return statuses.every(
        ({ state, peers }) =>
          state === "ready" && peers.length >= world.regions.length - 1 && peers.every(({ connected }) => connected),
      );
    },
    WAIT_MS,
  );
  const { admin } = world.router.ready;
  if (admin === null) return;
  await eventually(
    "the router holds every region for healthy",
    async () => [...(await routerStates(admin)).values()].every((state) => state === "healthy"),
    WAIT_MS,
  );
}
