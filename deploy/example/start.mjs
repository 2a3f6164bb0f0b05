// Two regions of this project on this machine with a link between them that can be cut, an API in front of each, and a page:
// `npm run example`, then open the address it prints. `--port N` for another port, 0 for any.
import { spawn } from "node:child_process";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BuiltInLinks } from "../../dist/chaos/links/built-in-links.js";
import { World } from "../../dist/chaos/world/start-world.js";

const REGIONS = ["us-east", "eu-west"];
const CUT = "example";

const { values } = parseArgs({ options: { port: { type: "string", default: "4000" } } });
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const dataDir = mkdtempSync(join(tmpdir(), "antipode-example-"));

const world = await World.start({
  program: { command: process.execPath, args: [here("../../dist/src/cli/main.js")] },
  regions: REGIONS,
  dataDir,
  basePort: 0,
  links: new BuiltInLinks(1),
  startTimeoutMs: 30_000,
  nodeArgs: ["--log-level", "warn"],
});
const apis = new Map();
for (const region of REGIONS) apis.set(region, await startApi(region));
let isCut = false;

/** One API process; answers it and its address. */
function startApi(region) {
  const environment = { ...process.env, REGION: region, REDIS_URL: `redis://${world.node(region).ready.resp}`, PORT: "0" };
  const child = spawn(process.execPath, [here("api.mjs")], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`the API of ${region} does not start`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve({ child, url: JSON.parse(line).url }));
  });
}

async function setLink(cut) {
  if (cut === isCut) return;
  isCut = cut;
  if (cut) await world.roads.close(CUT, ...REGIONS);
  else await world.roads.mend(CUT);
}

/** `/REGION/…` is that region's API, as a load balancer would have it; the rest is the page and its switch. */
function serve(request, response) {
  const [, region, ...rest] = request.url.split("/");
  if (apis.has(region)) {
    const to = ask(`${apis.get(region).url}/${rest.join("/")}`, { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    to.on("error", () => response.writeHead(502).end());
    request.pipe(to);
    return;
  }
  if (request.method === "POST" && (request.url === "/link/cut" || request.url === "/link/mend")) {
    setLink(request.url === "/link/cut").then(
      () => response.end(JSON.stringify({ isCut })),
      () => response.writeHead(500).end(),
    );
    return;
  }
  if (request.url === "/link") response.end(JSON.stringify({ isCut }));
  else if (request.url === "/") response.setHeader("content-type", "text/html; charset=utf-8").end(readFileSync(here("page.html")));
  else response.writeHead(404).end();
}

const server = createServer(serve);
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`open http://127.0.0.1:${server.address().port}`);
});

async function stop() {
  server.close();
  server.closeAllConnections();
  for (const { child } of apis.values()) child.kill("SIGTERM");
  await world.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop());
