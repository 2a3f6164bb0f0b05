// Builds toxiproxy's server, pinned by chaos/toxiproxy/go.mod and go.sum, into .cache/toxiproxy. Needs Go; does nothing when it is
// there already.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("..", import.meta.url));
const target = join(project, ".cache", "toxiproxy", "toxiproxy-server");
if (existsSync(target)) {
  console.log(`toxiproxy-server is built: ${target}`);
  process.exit(0);
}
mkdirSync(join(project, ".cache", "toxiproxy"), { recursive: true });
const go = spawnSync("go", ["build", "-trimpath", "-o", target, "github.com/Shopify/toxiproxy/v2/cmd/server"], {
  cwd: join(project, "chaos", "toxiproxy"),
  stdio: "inherit",
  env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" },
});
if (go.error?.code === "ENOENT") {
  console.error("Go is not installed: install it, or put a toxiproxy-server on PATH, or set TOXIPROXY_URL");
  process.exit(1);
}
if (go.status !== 0) process.exit(go.status ?? 1);
console.log(`built ${target}`);
