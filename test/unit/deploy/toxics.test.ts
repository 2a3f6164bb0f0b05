import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { readProxies } from "./deploy-files.ts";

const PROGRAM = fileURLToPath(new URL("../../../deploy/toxics.mjs", import.meta.url));

interface Toxic {
  readonly stream: string;
  readonly attributes: { readonly latency: number; readonly jitter: number };
}

/** Toxiproxy's API as far as the program uses it: adding twice is a conflict, changing needs what is there. */
async function startApi(names: readonly string[]) {
  const toxics = new Map<string, Toxic>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const answer = (status: number, value: unknown): void => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      };
      if (request.url === "/proxies") return answer(200, Object.fromEntries(names.map((name) => [name, { name }])));
      const [, , proxy, , existing] = request.url!.split("/");
      const toxic = JSON.parse(body) as Toxic & { readonly name: string };
      const key = `${proxy} ${toxic.name}`;
      if (!names.includes(proxy!)) return answer(404, { error: "proxy not found" });
      if (existing === undefined && toxics.has(key)) return answer(409, { error: "toxic already exists" });
      if (existing !== undefined && !toxics.has(key)) return answer(404, { error: "toxic not found" });
      toxics.set(key, toxic);
      answer(200, toxic);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, toxics, close: () => server.close() };
}

function run(url: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { TOXIPROXY_URL: url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stderr })));
}

describe("toxics.mjs", () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  afterEach(() => api.close());

  it("delays both directions of every link by 30–75 ms, however often it runs", async () => {
    const names = readProxies().map((proxy) => proxy.name);
    api = await startApi(names);
    for (let times = 0; times < 2; times++) expect(await run(api.url)).toEqual({ code: 0, stderr: "" });
    expect(api.toxics.size).toBe(names.length * 2);
    for (const name of names) {
      const [from, to] = name.split("_to_");
      for (const stream of ["upstream", "downstream"]) {
        const toxic = api.toxics.get(`${name} latency_${stream}`)!;
        expect(toxic.stream).toBe(stream);
        expect(toxic.attributes.latency).toBeGreaterThanOrEqual(30);
        expect(toxic.attributes.latency).toBeLessThanOrEqual(75);
        expect(toxic).toEqual({ ...api.toxics.get(`${to}_to_${from} latency_${stream}`)! });
      }
    }
  });

  it("fails on a link whose distance it does not know", async () => {
    api = await startApi(["us-east_to_moon"]);
    const { code, stderr } = await run(api.url);
    expect(code).not.toBe(0);
    expect(stderr).toContain("us-east_to_moon: no distance is known");
  });
});
