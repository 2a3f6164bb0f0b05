import { afterEach, describe, expect, it } from "vitest";
import { RestWorld, type RestWorldOptions } from "./rest-world.ts";

const worlds: RestWorld[] = [];
async function start(options: RestWorldOptions = {}): Promise<RestWorld> {
  const world = await RestWorld.start(options);
  worlds.push(world);
  return world;
}
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.server.close()));
});

const key = (name: string): Record<string, string> => ({ "idempotency-key": name });

describe("Idempotency-Key", () => {
  it("a retried INCR counts once and is answered alike; another key counts again", async () => {
    const world = await start();
    const first = await world.post('["INCR","n"]', "/", key("one"));
    expect([first.status, first.body, first.headers.get("x-antipode-idempotent-replay")]).toEqual([
      200,
      { result: 1 },
      null,
    ]);
    const again = await world.post('["INCR","n"]', "/", key("one"));
    expect([again.status, again.body, again.headers.get("x-antipode-idempotent-replay")]).toEqual([
      200,
      { result: 1 },
      "1",
    ]);
    expect((await world.post('["INCR","n"]', "/", key("two"))).body).toEqual({ result: 2 });
    expect((await world.post('["INCR","n"]')).body).toEqual({ result: 3 });
  });

  it("two at once run once", async () => {
    const world = await start();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.post('[["INCR","n"],["GET","n"]]', "/multi-exec", key("same"))),
    );
    for (const { body } of answers) expect(body).toEqual([{ result: 1 }, { result: "1" }]);
    expect((await world.fetch("/get/n")).body).toEqual({ result: "1" });
  });

  it("errors of commands are remembered too; what was refused before it ran is not", async () => {
    const world = await start({ limits: { commandsPerSecondMax: 3 } });
    await world.post('["SET","s","x"]');
    const failed = await world.post('["INCR","s"]', "/", key("fails"));
    expect(failed).toMatchObject({ status: 400, body: { error: "ERR value is not an integer or out of range" } });
    await world.post('["SET","s","1"]');
    expect(await world.post('["INCR","s"]', "/", key("fails"))).toMatchObject({ status: 400, body: failed.body });
    const refused = await world.post('["INCR","s"]', "/", key("later"));
    expect(refused.body).toEqual({ error: "ERR max commands per second exceeded. Limit: 3, Actual: 4" });
    // Replays cost no quota, and the refused key is free.
    expect(await world.post('["INCR","s"]', "/", key("fails"))).toMatchObject({ body: failed.body });
  });

  it("a key belongs to one request and one token", async () => {
    const world = await start();
    await world.post('["INCR","n"]', "/", key("k"));
    expect(await world.post('["INCR","m"]', "/", key("k"))).toMatchObject({
      status: 422,
      body: { error: "ERR this idempotency key belongs to a different request" },
    });
    world.commands.run("acl setuser mary on >p +@all ~*");
    const token = world.commands.run("acl resttoken mary p") as string;
    expect((await world.post('["INCR","n"]', "/", key("k"), token)).body).toEqual({ result: 2 });
  });

  it("a client that leaves before its answer finds it when it asks again", async () => {
    const world = await start();
    world.commands.run("client pause 100000");
    const leaving = new AbortController();
    const request = world.fetch("/incr/n", { method: "POST", headers: key("gone"), signal: leaving.signal });
    await expect.poll(() => world.commands.dispatcher.server.blockedClients).toBe(1);
    leaving.abort();
    await expect(request).rejects.toThrow();
    world.commands.run("client unpause");
    expect((await world.fetch("/incr/n", { method: "POST", headers: key("gone") })).body).toEqual({ result: 1 });
    expect((await world.fetch("/get/n")).body).toEqual({ result: "1" });
  });
});

describe("ACL over REST", () => {
  it("a token of ACL RESTTOKEN has its user's rights until they change", async () => {
    const world = await start();
    await world.post('["ACL","SETUSER","mary","on",">secret","+get","+set","+acl|whoami","~mine:*"]');
    const issued = await world.post('["ACL","RESTTOKEN","mary","secret"]');
    const token = (issued.body as { result: string }).result;
    const asMary = (body: string, path = "/"): Promise<{ readonly body: unknown }> => world.post(body, path, {}, token);
    expect((await asMary('["ACL","WHOAMI"]')).body).toEqual({ result: "mary" });
    expect((await asMary('["SET","mine:a","1"]')).body).toEqual({ result: "OK" });
    expect(await asMary('["SET","other","1"]')).toMatchObject({
      status: 400,
      body: { error: "NOPERM No permissions to access a key" },
    });
    expect((await asMary('[["GET","mine:a"],["DEL","mine:a"]]', "/pipeline")).body).toEqual([
      { result: "1" },
      { error: "NOPERM User mary has no permissions to run the 'del' command" },
    ]);
    expect(await asMary('[["GET","mine:a"],["GET","x"]]', "/multi-exec")).toMatchObject({
      status: 400,
      body: { error: "NOPERM No permissions to access a key" },
    });
    await world.post('["ACL","SETUSER","mary","off"]');
    expect((await world.post('["GET","mine:a"]', "/", {}, token)).status).toBe(401);
    await world.post('["ACL","SETUSER","mary","on"]');
    expect((await asMary('["GET","mine:a"]')).body).toEqual({ result: "1" });
    await world.post('["ACL","DELUSER","mary"]');
    expect((await world.post('["GET","mine:a"]', "/", {}, token)).status).toBe(401);
    expect(await world.post('["ACL","RESTTOKEN","mary","secret"]')).toMatchObject({
      status: 400,
      body: { error: 'ERR Wrong password or user "mary" does not exist' },
    });
  });
});
