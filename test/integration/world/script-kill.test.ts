import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ChildProgram } from "../../../chaos/world/child-program.ts";
import type { NodeReady } from "../../../chaos/world/start-world.ts";
import { Scratch, startNode, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
let node: ChildProgram<NodeReady & { readonly scriptWatch: string }>;
let redis: Redis;

beforeAll(async () => {
  const args = ["--script-watch", "127.0.0.1:0"];
  node = (await startNode({ data: scratch.directory(), args })) as typeof node;
  const [host, port] = node.ready.resp.split(":");
  redis = new Redis(Number(port), host!);
});
afterAll(async () => {
  redis.disconnect();
  await node.kill();
  scratch.clean();
});

const ask = async (method: string, path: string): Promise<readonly [number, unknown]> => {
  const response = await fetch(`http://${node.ready.scriptWatch}${path}`, { method });
  return [response.status, await response.json()];
};
const running = async (): Promise<unknown> => ((await ask("GET", "/running"))[1] as { running: unknown }).running;

it("a script that runs without end is ended from another thread, and the region goes on", async () => {
  await redis.config("SET", "busy-reply-threshold", "0");
  expect(await ask("POST", "/script/kill")).toEqual([409, { error: "NOTBUSY No scripts in execution right now." }]);
  const failure = redis.eval("while true do end", 0).catch((error: Error) => error.message);
  await waitFor("the script runs", async () => (await running()) === "script");
  expect((await ask("POST", "/function/kill"))[0]).toBe(409);
  expect(await ask("POST", "/script/kill")).toEqual([200, { result: "OK" }]);
  expect(await failure).toMatch(/^ERR Script killed by user with SCRIPT KILL\.\.\. script: /u);
  expect(await redis.ping()).toBe("PONG");
  expect(await running()).toBe(null);
});

it("a script that has written is not", async () => {
  const source = "redis.call('set', 'k', 'v') local n = 0 for i = 1, tonumber(ARGV[1]) do n = n + 1 end return n";
  const reply = redis.eval(source, 0, "300000000");
  await waitFor("the script has written", async () => {
    const { running: kind, wrote } = (await ask("GET", "/running"))[1] as { running: string | null; wrote: boolean };
    return kind === "script" && wrote;
  });
  const [status, body] = await ask("POST", "/script/kill");
  expect([status, JSON.stringify(body)]).toEqual([409, expect.stringContaining("UNKILLABLE")]);
  expect(await reply).toBe(300_000_000);
  expect(await redis.get("k")).toBe("v");
  expect((await ask("GET", "/other"))[0]).toBe(404);
});
