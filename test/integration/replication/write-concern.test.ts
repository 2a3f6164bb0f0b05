import { afterEach, describe, expect, it } from "vitest";
import { Redis } from "@upstash/redis";
import { Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";

const scratch = new Scratch();
let regions: RegionSet;

afterEach(async () => {
  await regions.end();
  scratch.clean();
});

async function set(key: string, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(`http://${regions.address("east", "rest")}/set/${key}/v`, {
    headers: { authorization: "Bearer t0ken", ...headers },
  });
  const names = ["concern", "confirmed", "confirmed-by"].map((name) =>
    response.headers.get(`x-antipode-write-${name}`),
  );
  return { status: response.status, names, body: await response.json() };
}

describe("a write concern with real regions", () => {
  it("WC1, WC2, WC3: counts who has it on disk, times out while one is silent, and what it confirmed survives the region", async () => {
    regions = await RegionSet.create(scratch, ["east", "north", "west"]);
    await regions.startAll();
    await regions.client("east").set("first", "v");
    await regions.converged();
    const all = { "x-antipode-write-concern": "all", "x-antipode-write-timeout": "20000" };
    expect(await set("a", all)).toEqual({
      status: 200,
      names: ["met", "2", "north,west"],
      body: { result: "OK" },
    });

    // Its connections stay, and nothing answers on them.
    regions.node("north").signal("SIGSTOP");
    expect(
      await set("b", { "x-antipode-write-concern": "majority", "x-antipode-write-timeout": "20000" }),
    ).toMatchObject({
      names: ["met", "1", "west"],
    });
    expect(await set("c", { ...all, "x-antipode-write-timeout": "300" })).toMatchObject({
      status: 200,
      names: ["unmet", "1", "west"],
      body: { result: "OK" },
    });
    const sdk = new Redis({
      url: `http://${regions.address("east", "rest")}`,
      token: "t0ken",
      enableTelemetry: false,
    });
    const { headers } = (sdk as unknown as { readonly client: { readonly headers: Record<string, string> } }).client;
    Object.assign(headers, all, { "x-antipode-write-timeout": "300", "x-antipode-write-policy": "error" });
    await expect(sdk.incr("counted")).rejects.toThrow(
      /UNCONFIRMED .* 1 of 2 other regions confirmed it within 300 ms/u,
    );
    expect(await regions.client("east").get("counted"), "the SDK has not sent it again").toBe("1");

    // A region that is lost with its disk right after its answer.
    await regions.node("east").kill();
    regions.destroy("east");
    const west = regions.client("west");
    expect(await west.mget("a", "b", "c", "counted")).toEqual(["v", "v", "v", "1"]);
    regions.node("north").signal("SIGCONT");
    await waitFor("what it slept through", async () => (await regions.client("north").get("counted")) === "1", 30_000);
    await regions.converged(["north", "west"]);
  });
});
