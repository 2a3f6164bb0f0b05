import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Scratch, startNode } from "../../support/processes.ts";
import { Browser } from "./browser.ts";

const page = readFileSync(new URL("../../../docs/sessions.md", import.meta.url), "utf8");
const [express, fastify] = [...page.matchAll(/^```js\n(.*?)^```/gmsu)].map((match) => match[1]!);
const FASTIFY_BEFORE = `
import makeFastify from "fastify";
import { createClient } from "redis";
const client = await createClient({ url: process.env.REDIS_URL }).connect();
const app = makeFastify();
`;
const FASTIFY_AFTER = `
app.post("/visit", async ({ session }) => ({ visits: (session.visits = (session.visits ?? 0) + 1) }));
console.log(await app.listen({ host: "127.0.0.1", port: 0 }));
`;
const EXPRESS_LISTENS = `const server = app.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port));`;

/** The code of docs/sessions.md, as it stands there. */
describe("the tutorial", () => {
  const scratch = new Scratch();
  // Below the package, where its own name leads to it.
  const directory = mkdtempSync(fileURLToPath(new URL("../../../dist/tutorial-", import.meta.url)));
  let node: Awaited<ReturnType<typeof startNode>>;

  beforeAll(async () => {
    node = await startNode({ data: scratch.directory() });
  });
  afterAll(async () => {
    await node?.stop(10_000);
    rmSync(directory, { recursive: true, force: true });
    scratch.clean();
  });

  async function whileItRuns(name: string, code: string, body: (url: string) => Promise<void>): Promise<void> {
    const file = join(directory, `${name}.mjs`);
    writeFileSync(file, code);
    const environment = { ...process.env, REDIS_URL: `redis://${node.ready.resp}` };
    const child = spawn(process.execPath, [file], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    try {
      const started = once(createInterface({ input: child.stdout }), "line") as Promise<[string]>;
      const [url] = await Promise.race([started, exit.then(() => Promise.reject(new Error("it does not start")))]);
      await body(url);
    } finally {
      child.kill("SIGTERM");
      await exit;
    }
  }

  it("runs with express", async () => {
    await whileItRuns("express", express!.replace("app.listen(3000);", EXPRESS_LISTENS), async (url) => {
      const browser = new Browser();
      expect(await browser.post(`${url}/login/ann`, {})).toBe("welcome");
      await browser.post(`${url}/cart/tea`, {});
      expect(await browser.post(`${url}/cart/tea`, {})).toEqual({ tea: { quantity: 2 } });
      expect(browser.cookie("session.sync")).toBeDefined();
      expect(await browser.post(`${url}/logout`, {})).toBe("bye");
      expect(await browser.post(`${url}/cart/tea`, {})).toEqual({ tea: { quantity: 1 } });
    });
  });

  it("runs with fastify", async () => {
    await whileItRuns("fastify", FASTIFY_BEFORE + fastify! + FASTIFY_AFTER, async (url) => {
      const browser = new Browser();
      await browser.post(`${url}/visit`, {});
      expect(await browser.post(`${url}/visit`, {})).toEqual({ visits: 2 });
    });
  });
});
