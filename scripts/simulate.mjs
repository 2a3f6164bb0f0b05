// Runs random histories of whole regions in virtual time: `npm run simulate -- --seeds 1000 --minutes 10`. See docs/simulation.md.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";

const USAGE = `usage: npm run simulate -- [--first SEED] [--seeds N] [--minutes M] [--no-shrink] [--failures N]
  --first      first seed (1)
  --seeds      how many (200); each is one history
  --minutes    stops after so long (no limit)
  --no-shrink  does not look for the shortest history that fails
  --failures   stops after so many failing seeds (10)`;

function refuse(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        first: { type: "string", default: "1" },
        seeds: { type: "string", default: "200" },
        minutes: { type: "string" },
        failures: { type: "string", default: "10" },
        "no-shrink": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return refuse(error.message);
  }
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  }
  const number = (name) => {
    const value = Number(values[name]);
    return value > 0 ? value : refuse(`--${name} wants a number above 0, not "${values[name]}"`);
  };
  return {
    first: number("first"),
    seeds: number("seeds"),
    minutes: values.minutes === undefined ? Number.POSITIVE_INFINITY : number("minutes"),
    failures: number("failures"),
    shrinks: !values["no-shrink"],
  };
}

const options = readOptions();
const project = fileURLToPath(new URL("..", import.meta.url));
// Vite turns the TypeScript of the tests into something Node 20 runs.
const vite = await createServer({
  root: project,
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true, include: [] },
});
const { runCampaign } = await vite.ssrLoadModule("/test/support/simulation/campaign.ts");
const failed = await runCampaign(options, (text) => process.stdout.write(`${text}\n`));
await vite.close();
process.exit(failed > 0 ? 1 : 0);
