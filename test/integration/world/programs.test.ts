import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ChildProgram } from "../../../chaos/world/child-program.ts";
import { PROGRAM, runProgram, Scratch, startNode, waitFor } from "../../support/processes.ts";

const scratch = new Scratch();
const running: ChildProgram<unknown>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((program) => program.kill()));
  scratch.clean();
});

describe("the programs", () => {
  it("print their version, their help and completions", async () => {
    expect(await runProgram(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u),
    });
    expect((await runProgram(["node", "--help"])).stdout).toContain("--read-only-token TOKEN");
    expect((await runProgram(["completions", "bash"])).stdout).toContain("complete -o default -F _antipode antipode");
    expect((await runProgram(["completions", "zsh"])).stdout).toContain("compdef _antipode antipode");
  });

  it.each([
    [["nonsense"], 'antipode: "nonsense" is no program'],
    [["node", "--regoin", "a"], "antipode: --regoin is not known"],
    [["node", "--region", "A!", "--data", "/tmp/x"], "antipode: --region wants a region's name"],
    [["node", "--data", "/tmp/x"], "antipode: --region is needed"],
    [
      ["node", "--region", "a", "--data", "/tmp/x", "--resp", "nowhere"],
      'antipode: --resp wants HOST:PORT, not "nowhere"',
    ],
    [["node", "--region", "a", "--data", "/tmp/x", "--peer", "b=ws://127.0.0.1:1"], "antipode: --secret is needed"],
    [
      ["node", "--region", "a", "--data", "/tmp/x", "--secret", "s", "--peer", "a=ws://127.0.0.1:1"],
      "a region is not its own peer",
    ],
    [["router"], "antipode: --region or --seed is needed at least once"],
    [["router", "--region", "a=nowhere"], "antipode: --region"],
    [["world", "--regions", "a,a"], "names a region twice"],
    [["node", "--config", "/nonexistent.json"], "antipode: --config /nonexistent.json"],
  ])("a bad flag is one clear line and a non-zero exit: %j", async (args, message) => {
    const ended = await runProgram(args);
    expect(ended.code).not.toBe(0);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain(message);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("a taken port is one clear line", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const free = "127.0.0.1:0";
    const doors = ["--resp", `127.0.0.1:${port}`, "--rest", free, "--gossip", free, "--admin", free];
    const ended = await runProgram([
      "node",
      "--region",
      "a",
      "--data",
      scratch.directory(),
      "--log-level",
      "silent",
      ...doors,
    ]);
    server.close();
    expect(ended.code).toBe(1);
    expect(ended.stderr).toBe(`antipode: 127.0.0.1:${port} is taken by another program\n`);
  });

  it("a directory that is a file is one clear line", async () => {
    const path = join(scratch.directory(), "file");
    writeFileSync(path, "");
    chmodSync(path, 0o400);
    const ended = await runProgram(["node", "--region", "a", "--data", path]);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^antipode: data directory .*file cannot be written: EEXIST\n$|is not a directory\n$/u,
    );
  });

  it("a second process on the same directory is refused, and a directory of another region too", async () => {
    const data = scratch.directory();
    const node = await startNode({ data });
    running.push(node);
    await expect(startNode({ data })).rejects.toThrow(/in use/u);
    expect(await node.stop(10_000)).toBe(0);
    await expect(startNode({ data, region: "other" })).rejects.toThrow(/belongs to region "solo"/u);
  });

  it("a world that is killed takes its regions and its router with it", async () => {
    const data = scratch.directory();
    const args = ["world", "--regions", "a,b", "--data", data, "--base-port", "0", "--links", "direct"];
    const world = await ChildProgram.start<{ regions: { pid: number }[]; router: { pid: number } }>(
      "world",
      PROGRAM,
      args,
      {},
      30_000,
    );
    running.push(world);
    const pids = [...world.ready.regions, world.ready.router].map(({ pid }) => pid);
    await world.kill();
    const alive = (pid: number): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await waitFor("all are gone", () => !pids.some(alive), 15_000);
  });

  it("SIGTERM drains and exits 0; the settings may come from a file and the environment", async () => {
    const data = scratch.directory();
    const config = join(data, "..", `${data.split("/").at(-1)!}.json`);
    writeFileSync(config, JSON.stringify({ maxclients: 7, "log-level": "error" }));
    const node = await startNode({ data, environment: { ANTIPODE_CONFIG: config, ANTIPODE_MAXMEMORY: "5mb" } });
    running.push(node);
    const [host, port] = node.ready.resp.split(":") as [string, string];
    const { Redis } = await import("ioredis");
    const client = new Redis({ host, port: Number(port) });
    expect(await client.config("GET", "max*")).toEqual(
      expect.arrayContaining(["maxclients", "7", "maxmemory", "5242880"]),
    );
    client.disconnect();
    expect(await node.stop(10_000)).toBe(0);
  });
});
