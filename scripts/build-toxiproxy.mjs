// Builds toxiproxy's server, pinned by chaos/toxiproxy/go.mod and go.sum, into .cache/toxiproxy. Needs Go; does nothing when the
// pinned version is there already. The server says its version only when told at build time, so it is told what go.mod pins.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULE = "github.com/Shopify/toxiproxy/v2";
const project = fileURLToPath(new URL("..", import.meta.url));
const pins = join(project, "chaos", "toxiproxy");
const directory = join(project, ".cache", "toxiproxy");
const target = join(directory, "toxiproxy-server");

function fail(message) {
  console.error(message);
  process.exit(1);
}

const version = readFileSync(join(pins, "go.mod"), "utf8").match(/toxiproxy\/v2 v(\S+)/u)?.[1];
if (version === undefined) fail("chaos/toxiproxy/go.mod pins no version of toxiproxy");
if (existsSync(target)) {
  const answer = spawnSync(target, ["-version"], { encoding: "utf8" });
  if (answer.status === 0 && answer.stdout.trim().endsWith(` ${version}`)) {
    console.log(`toxiproxy-server ${version} is built: ${target}`);
    process.exit(0);
  }
}

mkdirSync(directory, { recursive: true });
const flags = ["-trimpath", "-ldflags", `-X ${MODULE}.Version=${version}`];
const go = spawnSync("go", ["build", ...flags, "-o", target, `${MODULE}/cmd/server`], {
  cwd: pins,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
});
if (go.error?.code === "ENOENT") {
  fail("Go is not installed: install it, or put a toxiproxy-server on PATH, or set TOXIPROXY_URL");
}
if (go.error !== undefined) fail(`go build did not start: ${go.error.message}`);
if (go.status !== 0) fail(`go build of toxiproxy-server ${version} failed`);
console.log(`built toxiproxy-server ${version}: ${target}`);
