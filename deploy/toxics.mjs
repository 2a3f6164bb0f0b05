// Puts the distance between continents on the links of compose.yaml: a delay in each direction of every proxy of toxiproxy.json,
// whose names say who dials whom (`us-east_to_eu-west`). Runs once and may be run again: a delay that is there is set anew.
// toxiproxy forgets delays when it restarts; `docker compose up latency` brings them back.

/** Milliseconds one way; the same for both directions of a pair. */
const ONE_WAY_MS = {
  "eu-west us-east": 40,
  "ap-southeast eu-west": 70,
  "ap-southeast us-east": 75,
};
/** Jitter as a share of the delay: enough that messages of different links change places, as they do outside. */
const JITTER_SHARE = 1 / 20;
const START_TIMEOUT_MS = 30_000;
const RETRY_MS = 200;
const REQUEST_TIMEOUT_MS = 5_000;

const base = process.env.TOXIPROXY_URL ?? "http://toxiproxy:8474";

const call = (method, path, body) =>
  fetch(new URL(path, base), {
    method,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });

async function listProxies() {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      const reply = await call("GET", "/proxies");
      if (reply.ok) return Object.keys(await reply.json());
      throw new Error(`/proxies answered ${reply.status}`);
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`toxiproxy does not answer at ${base}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function delay(proxy, stream, latency) {
  const name = `latency_${stream}`;
  const toxic = { name, type: "latency", stream, toxicity: 1, attributes: { latency, jitter: Math.round(latency * JITTER_SHARE) } };
  const toxics = `/proxies/${proxy}/toxics`;
  const added = await call("POST", toxics, toxic);
  // 409: it is there already, from an earlier run.
  const reply = added.status === 409 ? await call("POST", `${toxics}/${name}`, toxic) : added;
  if (!reply.ok) throw new Error(`${proxy}: ${name} was refused with ${reply.status}: ${await reply.text()}`);
}

const proxies = await listProxies();
if (proxies.length === 0) throw new Error("toxiproxy has no proxies: was it started with -config?");
for (const proxy of proxies) {
  const oneWayMs = ONE_WAY_MS[proxy.split("_to_").toSorted().join(" ")];
  if (oneWayMs === undefined) throw new Error(`${proxy}: no distance is known between these regions`);
  await delay(proxy, "upstream", oneWayMs);
  await delay(proxy, "downstream", oneWayMs);
  console.log(`${proxy}: ${oneWayMs} ms one way`);
}
