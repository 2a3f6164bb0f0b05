import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { World } from "../../../chaos/world/start-world.ts";
import { Ledger } from "../../support/ledger.ts";
import { hostPort, PROGRAM, Scratch, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let world: World | null = null;
const clients: Redis[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const node of world?.nodes ?? []) node.signal("SIGCONT");
  await world?.stop();
  scratch.clean();
});

function connect(region: string): Redis {
  const client = new Redis({ ...hostPort(world!.node(region).ready.resp), maxRetriesPerRequest: null });
  client.on("error", () => {});
  clients.push(client);
  return client;
}

async function admin<T>(region: string, path: string): Promise<T> {
  return (await (await fetch(`http://${world!.node(region).ready.admin}${path}`)).json()) as T;
}

interface Status {
  readonly state: string;
  readonly incarnation: string;
}

async function areEqual(): Promise<boolean> {
  const at = Date.now();
  const digests = await Promise.all(
    world!.regions.map((region) =>
      admin<{ vector: Record<string, number>; digest: string }>(region, `/digest?at=${at}`),
    ),
  );
  return (
    new Set(digests.map(({ vector, digest }) => JSON.stringify([Object.entries(vector).toSorted(), digest]))).size === 1
  );
}

describe("a region that is paused (SIGSTOP)", () => {
  it("others and the router go on; when it goes on it is the same region, catches up, and nothing is lost", async () => {
    world = await World.start({
      program: PROGRAM,
      regions: ["east", "west", "north"],
      dataDir: scratch.directory(),
      basePort: 0,
      links: null,
      startTimeoutMs: 30_000,
      nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
    });
    const before = await admin<Status>("east", "/status");
    const ledgers = { east: new Ledger("east"), west: new Ledger("west") };
    let isOver = false;
    const loads = Object.entries(ledgers).map(([region, ledger]) => ledger.load(connect(region), 4, () => isOver));
    await waitFor("some load", () => ledgers.east.count("acknowledged") > 100, 30_000);

    world.node("east").signal("SIGSTOP");
    const pausedAtMs = performance.now();
    const acknowledged = ledgers.west.count("acknowledged");
    const through = async (): Promise<boolean> => {
      const response = await fetch(`http://${world!.router.ready.http}/set/by-router/1`, {
        headers: { authorization: `Bearer ${world!.secrets.token}` },
        signal: AbortSignal.timeout(5_000),
      }).catch(() => null);
      return response?.status === 200 && response.headers.get("x-region") !== "east";
    };
    await waitFor("the router to have left it", through, 20_000, 100);
    await waitFor(
      "its peers to have given its links up",
      async () => {
        const { peers } = await admin<{ peers: { peer: string; connected: boolean }[] }>("west", "/status");
        return peers.some(({ peer, connected }) => peer === "east" && !connected);
      },
      30_000,
      100,
    );
    expect(performance.now() - pausedAtMs, "not for a pause that a long command may be").toBeGreaterThan(8_000);
    expect(ledgers.west.count("acknowledged")).toBeGreaterThan(acknowledged);

    world.node("east").signal("SIGCONT");
    const late = ledgers.west.count("acknowledged");
    await waitFor("both to be written to again", () => ledgers.west.count("acknowledged") > late + 50, 30_000);
    isOver = true;
    await Promise.all(loads);
    await waitFor("equal digests", areEqual, 60_000, 200);
    expect(await admin<Status>("east", "/status")).toMatchObject({ state: "ready", incarnation: before.incarnation });
    for (const region of world.regions) {
      const client = connect(region);
      for (const ledger of Object.values(ledgers)) expect(await ledger.faults(client)).toEqual([]);
    }
    expect(ledgers.east.count("unknown"), "who waited was answered in the end").toBe(0);
  }, 120_000);
});
