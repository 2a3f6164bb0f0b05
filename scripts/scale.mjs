// Counts in the simulator what regions send each other, and fills the tables of docs/scale.md: `npm run scale`. With `-- --tables` it
// fills them alone, from what was counted before: enough where only test/support/scale/figures.ts has changed.
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
// Vite turns the TypeScript of the tests into something Node 20 runs.
const vite = await createServer({
  root: inProject(""),
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true, include: [] },
});
const { runScale, fillPage } = await vite.ssrLoadModule("/test/support/scale/run-scale.ts");
const files = { page: inProject("docs/scale.md"), traffic: inProject("docs/results/simulated/traffic.json") };
if (process.argv.includes("--tables")) fillPage(files);
else await runScale(files, (line) => process.stdout.write(`${line}\n`));
await vite.close();
process.exit(0);
