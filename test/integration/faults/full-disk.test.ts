import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { Ledger } from "../../support/ledger.ts";
import { hostPort, Scratch, waitFor } from "../../support/processes.ts";
import { RegionSet } from "../../support/region-set.ts";
import { mountSmallDisk, noSmallDisk } from "../../support/small-disk.ts";

const MB = 1024 * 1024;
const LOG = ["--segment-bytes", "1mb", "--log-budget", "8mb", "--log-level", "warn"];

const scratch = new Scratch();
let regions: RegionSet;
let unmount: () => void = () => {};
afterEach(async () => {
  await regions.end();
  unmount();
  scratch.clean();
});

/** Two regions, the disk of `east` so small, and `filler` bytes of it taken by something else. */
async function start(diskBytes: number, fillerBytes: number, args: readonly string[]): Promise<string> {
  regions = await RegionSet.create(scratch, ["east", "west"], LOG);
  unmount = mountSmallDisk(regions.directory("east"), diskBytes);
  const filler = join(regions.directory("east"), "filler");
  writeFileSync(filler, Buffer.alloc(fillerBytes, 1));
  await Promise.all([regions.start("east", { args }), regions.start("west")]);
  return filler;
}

/** Something else takes all of the disk at once; answers its file. */
function fillUp(directory: string): string {
  const file = join(directory, "others");
  try {
    for (;;) appendFileSync(file, Buffer.alloc(MB, 1));
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  }
  return file;
}

function once(name: string): Redis {
  const client = new Redis({
    ...hostPort(regions.address(name, "resp")),
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on("error", () => {});
  return client;
}

const outcome = (reply: Promise<unknown>): Promise<unknown> =>
  reply.catch((error: unknown) => (error as Error).message);
const title = (what: string): string => (noSmallDisk === null ? what : `${what} (${noSmallDisk})`);

describe("a disk that fills up", () => {
  it.skipIf(noSmallDisk !== null)(
    title(
      "writes are refused in time and say why, reads and deletes go on, nothing acknowledged is lost; with room again writes go on, without a restart",
    ),
    async () => {
      const filler = await start(64 * MB, 24 * MB, ["--disk-free-min-bytes", "16mb"]);
      const [east, west] = [once("east"), once("west")];
      const ledger = new Ledger("full");
      // Again and again: what a checkpoint or a shorter log leave room for may be taken in meanwhile.
      for (let round = 0; round < 3; round++) {
        const refused = ledger.count("refused");
        await ledger.load(east, 8, () => ledger.count("refused") > refused + 20, 4_000);
        expect(ledger.lastRefusal).toMatch(
          /the disk nears its end, writes are refused. Free: \d+ bytes, Not yet in the data file: \d+ bytes, Minimum: 16777216 bytes/u,
        );
        if (round === 0) expect(await regions.metric("east", "antipode_writes_refused")).toBe(1);
        expect(await outcome(east.save()), "the rows of all that was taken in still fit").toBe("OK");
      }
      expect(ledger.count("unknown"), "refused before anything failed").toBe(0);
      expect(ledger.count("acknowledged")).toBeGreaterThan(500);
      expect(await regions.metric("east", "antipode_log_failures_total")).toBe(0);
      expect(await east.get("full-6")).toMatch(/^full-6/u);
      expect(await east.del("full-6")).toBe(1);
      expect(await ledger.faults(east)).toEqual(["full-6 (string) was acknowledged and is lost"]);
      // Others' writes are still taken in: the mark leaves room for them.
      await west.set("from west", "taken in");
      await waitFor("the peer's write", async () => (await east.get("from west")) === "taken in");
      await regions.converged();

      rmSync(filler);
      await waitFor("writes again", async () => (await outcome(east.set("again", "1"))) === "OK");
      const after = new Ledger("after");
      await after.load(east, 4, () => after.count("acknowledged") > 50);
      await regions.converged();
      expect(await after.faults(west)).toEqual([]);
      for (const client of [east, west]) client.disconnect();
    },
    120_000,
  );

  it.skipIf(noSmallDisk !== null)(
    title(
      "run into its end without a mark: clients are told unknown, the region comes back by itself once there is room, and has all it acknowledged",
    ),
    async () => {
      const filler = await start(24 * MB, 14 * MB, ["--disk-free-min-bytes", "0"]);
      const ledger = new Ledger("end");
      let client = once("east");
      const isOver = (): boolean => ledger.count("unknown") + ledger.count("refused") > 20;
      const loaded = ledger.load(client, 8, isOver, 8_000);
      await waitFor("writes", async () => ledger.count("acknowledged") > 100);
      const others = fillUp(regions.directory("east"));
      await loaded;
      await waitFor(
        "the failure",
        async () => (await regions.metric("east", "antipode_log_failures_total")) > 0,
        30_000,
      );
      expect(regions.isRunning("east")).toBe(true);
      client.disconnect();
      for (const file of [filler, others]) rmSync(file);
      await waitFor(
        "writes again",
        async () => {
          client.disconnect();
          client = once("east");
          return (await outcome(client.set("again", "1"))) === "OK";
        },
        60_000,
        200,
      );
      await regions.converged();
      expect(await ledger.faults(client)).toEqual([]);
      expect(ledger.count("acknowledged")).toBeGreaterThan(100);
      client.disconnect();
    },
    120_000,
  );
});
