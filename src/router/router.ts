import { createSecureContext } from "node:tls";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import type { GeoPoint } from "../base/geo-point.ts";
import { NO_ADDRESSES } from "../sockets/address-ranges.ts";
import type { AddressRanges } from "../sockets/address-ranges.ts";
import { openAdminDoor } from "./admin-door.ts";
import { openHttpProxy } from "./http-proxy.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { IpPlaces } from "./ip-places.ts";
import { ROUTER_LIMITS } from "./limits.ts";
import type { RouterLimits } from "./limits.ts";
import { openMetrics } from "./metrics.ts";
import { openProber } from "./prober.ts";
import { RegionDirectory } from "./region-directory.ts";
import type { RegionAddress } from "./region-flag.ts";
import { FOLLOW_LIMITS, RegionFollower } from "./region-follower.ts";
import { RegionBoard } from "./region-board.ts";
import { RegionPools } from "./region-pools.ts";
import type { RegionSnapshot } from "./region-snapshot.ts";
import { HeldBytes } from "./request-body.ts";
import { openRespDoor } from "./resp/resp-door.ts";
import { RetryBudget } from "./retry-budget.ts";
import { checkDoor, PLAIN_DOOR, PLAIN_TOWARDS, readTowards } from "./sockets-config.ts";
import type { DoorConfig, TowardsConfig } from "./sockets-config.ts";
import { Bounds } from "./token-bounds.ts";
import type { Bound } from "./token-bounds.ts";
import { PinnedHosts } from "./wishes.ts";

/**
 * The router: sends each client to the nearest region that is well, and to the next one when it is not. It keeps nothing but its
 * view of the regions, so any number of routers may run side by side.
 */
export interface RouterConfig {
  readonly http: ListenAddress | null;
  readonly resp: ListenAddress | null;
  readonly admin?: ListenAddress | null;
  readonly regions: readonly RegionAddress[];
  /** REST addresses of regions that are asked for the others, again and again; none: the regions are those above. */
  readonly seeds?: readonly string[];
  /** Who is believed about where its clients are. */
  readonly trustedProxies?: AddressRanges | undefined;
  readonly ipPlaces?: IpPlaces | null;
  /** Where the router is: how far regions may be, before they were measured. */
  readonly location?: GeoPoint | null;
  /** Host names that stand for one region each. */
  readonly pinnedHosts?: readonly { readonly region: string; readonly host: string }[];
  /** Tokens and users that only some regions may serve. */
  readonly bounds?: readonly Bound[];
  readonly httpDoor?: DoorConfig;
  readonly respDoor?: DoorConfig;
  readonly towards?: TowardsConfig;
  /** Idle RESP sessions are carried over to another region instead of being closed with theirs. */
  readonly resumesSessions?: boolean;
  readonly limits?: RouterLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What can be changed while it runs. */
export interface RegionConfig {
  readonly regions: readonly RegionAddress[];
  readonly seeds: readonly string[];
  readonly ipPlaces: IpPlaces | null;
}

export interface RunningRouter {
  /** Where it listens, with the port the system picked; null for a door that was not asked for. */
  readonly httpAddress: ListenAddress | null;
  readonly respAddress: ListenAddress | null;
  readonly adminAddress: ListenAddress | null;
  regions(): readonly RegionSnapshot[];
  /** Takes up another configuration of regions, without a break for those that stay. Throws RouterConfigError and changes nothing. */
  reload(regions: RegionConfig): void;
  /** Stops accepting, lets what is in flight finish, and closes. What is left after `timeoutMs` is cut off. */
  drain(timeoutMs: number): Promise<void>;
  /** Closes now, and cuts a drain short. */
  close(): Promise<void>;
}

/** The configuration cannot be served: the message is one line for the person who started the router. */
export class RouterConfigError extends Error {
  override readonly name = "RouterConfigError";
}

/** Starts probing and listening. Rejects with RouterConfigError, or with the system's error when an address is taken. */
export async function startRouter(config: RouterConfig): Promise<RunningRouter> {
  checkConfig(config);
  const { clock, random, logger } = config;
  const limits = config.limits ?? ROUTER_LIMITS;
  const metrics = openMetrics();
  const directory = new RegionDirectory(config.regions);
  const { httpDoor = PLAIN_DOOR, respDoor = PLAIN_DOOR, towards = PLAIN_TOWARDS } = config;
  const tls = readTowards(towards);
  const hosts = new PinnedHosts(config.pinnedHosts ?? []);
  const bounds = new Bounds(config.bounds ?? []);
  const pools = new RegionPools(limits, tls);
  const board = new RegionBoard({
    regions: [],
    location: config.location ?? null,
    limits,
    clock,
    random,
    logger,
    openProber: (region) =>
      openProber({
        region: region.name,
        restUrl: region.restUrl,
        tls,
        connectTimeoutMs: limits.health.probeTimeoutMaxMs,
        bodyBytesMax: limits.probeBodyBytesMax,
        clock,
      }),
    observeProbe: (region, roundTripMs) => metrics.probed(region, roundTripMs),
    observeChange: (region, to) => metrics.stateChanged(region, to),
    observeChoice: (region, reason) => metrics.chosen(region, reason),
    observeNearest: (from, to) => metrics.nearestChanged(from, to),
  });
  let ipPlaces = config.ipPlaces ?? null;
  let known: readonly RegionAddress[] = [];
  const apply = (): void => {
    const regions = directory.regions();
    if (JSON.stringify(regions) === JSON.stringify(known)) return;
    const names = (list: readonly RegionAddress[]): readonly string[] => list.map(({ name }) => name);
    const added = names(regions).filter((name) => !names(known).includes(name));
    const removed = names(known).filter((name) => !names(regions).includes(name));
    logger.info("regions have changed", { regions: names(regions), added, removed });
    known = regions;
    for (const name of added) metrics.regionAdded(name);
    pools.setRegions(regions);
    board.setRegions(regions);
    for (const name of removed) metrics.regionRemoved(name);
  };
  const seeds = config.seeds ?? [];
  const follower = new RegionFollower({ seeds, directory, limits: FOLLOW_LIMITS, tls, random, logger, onTold: apply });
  const budget = new RetryBudget(limits.http.repeatShare, limits.http.repeatsSavedMax, limits.http.repeatsAtStart);
  const held = new HeldBytes(limits.http.retryBodiesBytesMax);
  const http =
    config.http === null
      ? null
      : openHttpProxy(
          { board, pools, limits: limits.http, budget, held, metrics, clock, logger },
          limits.choice.stickyMs,
          httpDoor,
          { proxies: config.trustedProxies ?? NO_ADDRESSES, table: () => ipPlaces },
          { hosts, bounds },
        );
  const toRegions = { secure: createSecureContext(tls), proxyVersion: towards.proxyVersion };
  const resumes = config.resumesSessions ?? false;
  const resp =
    config.resp === null
      ? null
      : openRespDoor(
          { board, limits: limits.resp, metrics, clock, logger, towards: toRegions, bounds, resumes },
          { tls: respDoor.tls, proxies: respDoor.proxyHeadersFrom, hosts, random },
        );
  let draining = false;
  const readiness = () => {
    const ready = !draining && known.some((region) => board.isAvailable(region.name));
    return { ready, state: draining ? "draining" : ready ? "ready" : "no region is available" };
  };
  const admin = config.admin == null ? null : openAdminDoor({ metrics, readiness });

  let closing: Promise<void> | null = null;
  const shut = async (timeoutMs: number): Promise<void> => {
    draining = true;
    follower.close();
    await Promise.all([http?.drain(timeoutMs), resp?.drain(timeoutMs)]);
    await board.close();
    await pools.destroy();
    await admin?.close();
    logger.info("router closed");
  };
  const drain = (timeoutMs: number): Promise<void> => (closing ??= shut(timeoutMs));
  const close = (): Promise<void> => {
    const closed = drain(0);
    http?.cut();
    resp?.cut();
    return closed;
  };

  try {
    apply();
    await follower.start();
    await board.start();
    const httpAddress = await bound(config.http, http);
    const respAddress = await bound(config.resp, resp);
    const adminAddress = await bound(config.admin ?? null, admin);
    logger.info("router listens", {
      http: httpAddress,
      resp: respAddress,
      admin: adminAddress,
      nearest: board.nearest,
    });
    const reload = (fresh: RegionConfig): void => {
      checkConfig({ ...config, ...fresh });
      directory.configure(fresh.regions);
      follower.follow(fresh.seeds);
      ipPlaces = fresh.ipPlaces;
      apply();
      void follower.round();
    };
    return { httpAddress, respAddress, adminAddress, regions: () => board.snapshot(), reload, drain, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bound(
  address: ListenAddress | null,
  door: { listen(address: ListenAddress): Promise<ListenAddress> } | null,
): Promise<ListenAddress | null> {
  return address === null || door === null ? null : door.listen(address);
}

function checkConfig(config: RouterConfig): void {
  try {
    checkDoor(config.httpDoor ?? PLAIN_DOOR);
    checkDoor(config.respDoor ?? PLAIN_DOOR);
    readTowards(config.towards ?? PLAIN_TOWARDS);
  } catch (error) {
    throw new RouterConfigError(`TLS: ${error instanceof Error ? error.message : String(error)}`);
  }
  const follows = (config.seeds ?? []).length > 0;
  if (config.regions.length === 0 && !follows) throw new RouterConfigError("a router needs at least one region");
  if (config.http === null && config.resp === null)
    throw new RouterConfigError("a router needs an HTTP or a RESP address");
  const names = new Set<string>();
  for (const { name } of config.regions) {
    if (names.has(name)) throw new RouterConfigError(`region "${name}" is given twice`);
    names.add(name);
  }
  if (config.resp !== null && !follows && config.regions.every((region) => region.respUrl === null)) {
    throw new RouterConfigError(
      "the router has a RESP address, but no region has one: add ,redis://HOST:PORT to a region",
    );
  }
}
