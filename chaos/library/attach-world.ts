import { FaultImpossibleError, type FaultWorld } from "../faults/fault.ts";
import { ToxiproxyLinks } from "../links/toxiproxy-links.ts";
import { CLIENTS, Roads } from "../world/roads.ts";
import { randomHex } from "../../src/base/random.ts";
import { ChaosWorld, type RegionUrls } from "./chaos-world.ts";

export interface AttachOptions {
  /** Regions that run already, and where their doors are, HOST:PORT each. */
  readonly regions: Readonly<Record<string, { readonly resp: string; readonly rest: string; readonly admin?: string }>>;
  /** A toxiproxy server that reaches them; proxies of it named `A_to_B` stand between regions already and are used as they are. */
  readonly toxiproxyUrl: string;
  readonly token: string;
}

const BETWEEN = /^(?<from>[a-z0-9-]+)_to_(?<to>[a-z0-9-]+)$/u;

/**
 * Regions that run elsewhere: their links can be harmed, their processes and disks cannot. Clients get new proxies of their own; what is
 * between the regions is what the server has for that. `stop` takes away what was added and leaves the rest as it was.
 */
export async function attachWorld(options: AttachOptions): Promise<ChaosWorld> {
  const links = await ToxiproxyLinks.connect({ kind: "url", url: options.toxiproxyUrl });
  const names = Object.keys(options.regions);
  const roads = new Roads(links, `a${randomHex(4)}`);
  const urls = new Map<string, RegionUrls>();
  for (const [region, { resp, rest, admin }] of Object.entries(options.regions)) {
    urls.set(region, {
      redisUrl: `redis://${await roads.build(CLIENTS, region, "resp", resp, 0)}`,
      restUrl: `http://${await roads.build(CLIENTS, region, "rest", rest, 0)}`,
      adminUrl: admin === undefined ? null : `http://${admin}`,
    });
  }
  for (const link of await links.existing()) {
    const { from, to } = BETWEEN.exec(link.name)?.groups ?? {};
    if (from !== undefined && to !== undefined && names.includes(from) && names.includes(to))
      roads.adopt(from, to, link);
  }
  const elsewhere = (): never => {
    throw new FaultImpossibleError("these regions run elsewhere: their links can be harmed, nothing else");
  };
  const world: FaultWorld = {
    regions: names,
    roads,
    region: elsewhere,
    startRegion: elsewhere,
    prepareRegion: elsewhere,
    startTwin: elsewhere,
    forget: elsewhere,
  };
  return new ChaosWorld({
    world,
    urls: (region) => urls.get(region)!,
    router: null,
    token: options.token,
    proxy: `${links.kind} ${links.version}`,
    scratchDir: "",
    stop: () => roads.end(),
  });
}
