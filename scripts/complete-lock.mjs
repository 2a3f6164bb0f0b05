// Adds to package-lock.json the optional packages of other platforms that the registry did not describe when it was written: `npm ci`
// refuses a lock file that does not name them. Their platform follows from their names; nothing is downloaded for them here.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "win32"];
const PROCESSORS = ["arm", "arm64", "ia32", "loong64", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

const path = fileURLToPath(new URL("../package-lock.json", import.meta.url));
const lock = JSON.parse(readFileSync(path, "utf8"));
const { packages } = lock;
let added = 0;
for (const [owner, { optionalDependencies = {}, dev, license }] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    if (packages[`${owner}/node_modules/${name}`] ?? packages[`node_modules/${name}`]) continue;
    const words = name.split(/[/-]/u);
    const os = SYSTEMS.filter((system) => words.includes(system));
    const cpu = PROCESSORS.filter((processor) => words.includes(processor));
    if (os.length === 0 || cpu.length === 0) continue;
    const musl = words.some((word) => word.startsWith("musl"));
    const gnu = os[0] === "linux" && words.some((word) => word.startsWith("gnu"));
    packages[`node_modules/${name}`] = {
      version: range.replace(/^[~^]/u, ""),
      cpu,
      ...(dev ? { dev } : {}),
      ...(musl ? { libc: ["musl"] } : gnu ? { libc: ["glibc"] } : {}),
      ...(license ? { license } : {}),
      optional: true,
      os,
    };
    added++;
  }
}
const sorted = Object.fromEntries(Object.entries(packages).sort(([left], [right]) => (left < right ? -1 : 1)));
writeFileSync(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(`${added} optional packages of other platforms added`);
