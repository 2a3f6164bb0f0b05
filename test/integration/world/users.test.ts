import { Redis as UpstashRedis } from "@upstash/redis";
import { Redis as IoRedis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../../../chaos/world/start-world.ts";
import { hostPort, PROGRAM, Scratch, waitFor } from "../../support/processes.ts";

/** Users and REST tokens of several regions, over real sockets, with clients people use. */

const scratch = new Scratch();
let world: World;

beforeAll(async () => {
  world = await World.start({
    program: PROGRAM,
    regions: ["us-east", "eu-west"],
    dataDir: scratch.directory(),
    basePort: 0,
    links: null,
    startTimeoutMs: 30_000,
    nodeArgs: ["--segment-bytes", "4mb", "--log-level", "warn"],
  });
});

afterAll(async () => {
  await world.stop();
  scratch.clean();
});

const connect = (node: number, options: { username?: string; password?: string } = {}): IoRedis =>
  new IoRedis({ ...hostPort(world.nodes[node]!.ready.resp), ...options, retryStrategy: () => null });

describe("users in two regions", () => {
  it("a user made in one region logs in in the other, may what it may, and is put out where it is", async () => {
    const admin = connect(0);
    await admin.call("ACL", "SETUSER", "app", "on", ">secret", "+@all", "-@dangerous", "~app:*");
    const there = connect(1);
    await waitFor("app in eu-west", async () => ((await there.call("ACL", "USERS")) as string[]).includes("app"));
    const app = connect(1, { username: "app", password: "secret" });
    const ended = new Promise<void>((resolve) => app.once("end", () => resolve()));
    app.on("error", () => {});
    expect(await app.set("app:1", "v")).toBe("OK");
    await expect(app.set("other", "v")).rejects.toThrow("NOPERM No permissions to access a key");
    await expect(app.flushall()).rejects.toThrow("NOPERM User app has no permissions to run the 'flushall' command");
    const multi = await app.multi().get("app:1").set("app:2", "w").exec();
    expect(multi).toEqual([
      [null, "v"],
      [null, "OK"],
    ]);

    await admin.call("ACL", "SETUSER", "app", "-set");
    await waitFor("app may not SET in eu-west", () =>
      app.set("app:1", "x").then(
        () => false,
        (error: Error) => error.message.includes("NOPERM"),
      ),
    );
    expect(await admin.call("ACL", "DELUSER", "app")).toBe(1);
    await ended;
    const again = createClient({
      url: `redis://app:secret@${world.nodes[1]!.ready.resp}`,
      socket: { reconnectStrategy: false },
    });
    again.on("error", () => {});
    await expect(again.connect()).rejects.toThrow("WRONGPASS");
    admin.disconnect();
    there.disconnect();
  });

  it("a REST token issued in one region is good in the other, and after a kill -9", async () => {
    const [us, eu] = world.nodes.map(
      (node) =>
        new UpstashRedis({ url: `http://${node.ready.rest}`, token: world.secrets.token, enableTelemetry: false }),
    );
    await us!.set("mine:a", "1");
    const admin = connect(0);
    await admin.call("ACL", "SETUSER", "mary", "on", ">p", "+get", "~mine:*");
    const token = (await admin.call("ACL", "RESTTOKEN", "mary", "p")) as string;
    const mary = (node: number): UpstashRedis =>
      new UpstashRedis({ url: `http://${world.nodes[node]!.ready.rest}`, token, enableTelemetry: false, retry: false });
    await waitFor("the token in eu-west", () =>
      mary(1)
        .get("mine:a")
        .then(
          (value) => value === 1,
          () => false,
        ),
    );
    await expect(mary(1).get("other")).rejects.toThrow("NOPERM");
    await expect(mary(1).set("mine:a", "2")).rejects.toThrow("NOPERM");
    expect(await eu!.get("mine:a")).toBe(1);

    admin.disconnect();
    await world.nodes[0]!.kill();
    await world.startRegion("us-east");
    expect(await mary(0).get("mine:a")).toBe(1);
    const back = connect(0);
    expect(await back.call("ACL", "USERS")).toEqual(["default", "mary"]);
    await back.call("ACL", "DELUSER", "mary");
    await waitFor("the token's end", () =>
      mary(1)
        .get("mine:a")
        .then(
          () => false,
          (error: Error) => error.message.includes("WRONGPASS"),
        ),
    );
    back.disconnect();
  });
});
