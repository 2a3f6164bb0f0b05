import { describe, expect, it } from "vitest";
import { NODE_SETTINGS } from "../../../src/cli/node-settings.ts";
import { parseFlags } from "../../../src/cli/program.ts";
import { resolveSettings } from "../../../src/cli/resolve-settings.ts";
import { ROUTER_SETTINGS } from "../../../src/cli/router-settings.ts";
import {
  deployYaml,
  imageEnvironment,
  interpolate,
  readProxies,
  REGIONS,
  type ComposeFile,
  type ComposeService,
} from "./deploy-files.ts";

const compose = deployYaml("compose.yaml") as ComposeFile;
const proxies = readProxies();

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return found;
}

function environmentOf(name: string): Record<string, string> {
  const own = Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, interpolate(value)]);
  return { ...imageEnvironment(), ...Object.fromEntries(own) };
}

/** What the node would run with: the real parser on the real command line. */
function nodeValues(name: string) {
  const [program, ...words] = service(name).command ?? [];
  expect(program).toBe("node");
  return resolveSettings(NODE_SETTINGS, {
    flags: parseFlags(NODE_SETTINGS, words),
    environment: environmentOf(name),
    file: {},
  });
}

function routerValues() {
  const [program, ...words] = service("router").command ?? [];
  expect(program).toBe("router");
  return resolveSettings(ROUTER_SETTINGS, {
    flags: parseFlags(ROUTER_SETTINGS, words),
    environment: environmentOf("router"),
    file: {},
  });
}

describe("compose.yaml", () => {
  it.each(REGIONS)("starts %s with settings that the node accepts, its own volume and a secret", (region) => {
    const values = nodeValues(region);
    expect(values.region).toBe(region);
    expect(values.secret).toBeDefined();
    expect(values.token).toBeDefined();
    expect(service(region).volumes).toEqual([`${region}:${values.data}`]);
    expect(compose.volumes).toHaveProperty(region);
  });

  it.each(REGIONS)("lets %s dial every other region through the proxy of that pair", (region) => {
    const { peers } = nodeValues(region);
    expect(peers.map((peer) => peer.name).toSorted()).toEqual(REGIONS.filter((other) => other !== region).toSorted());
    for (const peer of peers) {
      const url = new URL(peer.url);
      expect(url.hostname).toBe("toxiproxy");
      const proxy = proxies.find((one) => one.listen === `0.0.0.0:${url.port}`);
      expect(proxy?.name).toBe(`${region}_to_${peer.name}`);
      expect(proxy?.upstream).toBe(`${peer.name}:${nodeValues(peer.name).gossip.port}`);
    }
  });

  it("gives the router every region at the addresses that the regions listen on", () => {
    const values = routerValues();
    expect(values.regions).toEqual(
      REGIONS.map((name) => ({
        name,
        restUrl: `http://${name}:${nodeValues(name).rest.port}`,
        respUrl: `redis://${name}:${nodeValues(name).resp.port}`,
      })),
    );
    expect(values.admin).toBeDefined();
  });

  it("publishes only ports that somebody listens on, on loopback, each once", () => {
    const listening = (name: string): readonly number[] => {
      if (name === "router") return [routerValues().http.port, routerValues().resp!.port];
      if ((REGIONS as readonly string[]).includes(name))
        return [nodeValues(name).rest.port, nodeValues(name).resp.port];
      return { toxiproxy: [8474], prometheus: [9090], grafana: [3000] }[name] ?? [];
    };
    const published: string[] = [];
    for (const [name, { ports }] of Object.entries(compose.services)) {
      for (const port of ports ?? []) {
        const [host, outside, inside] = port.split(":");
        expect(host, port).toBe("127.0.0.1");
        expect(listening(name), `${name} ${port}`).toContain(Number(inside));
        published.push(outside!);
      }
    }
    expect(new Set(published).size).toBe(published.length);
  });

  it("depends on and mounts only what exists", () => {
    for (const [name, { depends_on, volumes }] of Object.entries(compose.services)) {
      const needed = Array.isArray(depends_on) ? (depends_on as readonly string[]) : Object.keys(depends_on ?? {});
      for (const other of needed) expect(Object.keys(compose.services), name).toContain(other);
      for (const volume of volumes ?? []) {
        const source = volume.split(":")[0]!;
        if (!source.startsWith("./")) expect(Object.keys(compose.volumes), name).toContain(source);
      }
    }
  });
});

describe("toxiproxy.json", () => {
  it("has one proxy for every directed pair of regions and none besides", () => {
    const pairs = REGIONS.flatMap((from) => REGIONS.filter((to) => to !== from).map((to) => `${from}_to_${to}`));
    expect(proxies.map((proxy) => proxy.name).toSorted()).toEqual(pairs.toSorted());
    expect(new Set(proxies.map((proxy) => proxy.listen)).size).toBe(pairs.length);
    expect(proxies.every((proxy) => proxy.enabled)).toBe(true);
  });
});

describe("prometheus.yml", () => {
  interface PrometheusFile {
    readonly rule_files: readonly string[];
    readonly scrape_configs: readonly {
      readonly job_name: string;
      readonly honor_labels?: boolean;
      readonly static_configs: readonly {
        readonly targets: readonly string[];
        readonly labels?: { region?: string };
      }[];
    }[];
  }
  const { scrape_configs, rule_files } = deployYaml("prometheus/prometheus.yml") as PrometheusFile;
  const job = (name: string) => scrape_configs.find((one) => one.job_name === name)!;

  it("scrapes the admin address of every region under its name, and the router's", () => {
    expect(job("antipode").honor_labels).toBe(true);
    expect(job("antipode").static_configs).toEqual(
      REGIONS.map((region) => ({ targets: [`${region}:${nodeValues(region).admin.port}`], labels: { region } })),
    );
    expect(job("antipode-router").static_configs.flatMap((one) => one.targets)).toEqual([
      `router:${routerValues().admin!.port}`,
    ]);
    expect(rule_files).toEqual(["alerts.yml"]);
  });
});
