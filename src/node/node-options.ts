import type { Clock } from "../base/clock.ts";
import type { LogLevel } from "../base/logger.ts";
import type { RestLimits } from "../server/rest/rest-limits.ts";
import type { FenceLimits } from "../replication/membership/fence.ts";
import type { RegionPlace } from "../replication/membership/region-place.ts";
import type { AddressRanges } from "../sockets/address-ranges.ts";
import type { TlsFiles } from "../sockets/tls-files.ts";
import type { DurabilityMode } from "../storage/log-port.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Everything a region's node is told. Produced by the command line; tests may write it by hand. */
export interface NodeOptions {
  readonly region: string;
  readonly dataDir: string;
  readonly resp: Address;
  readonly rest: Address;
  readonly gossip: Address;
  readonly admin: Address;
  /** Where running scripts can be ended; nowhere without it. */
  readonly scriptWatch?: Address | undefined;
  readonly peers: readonly { readonly name: string; readonly url: string }[];
  /** What clients and routers are told of where it is; nothing without it. */
  readonly place?: RegionPlace;
  readonly token: string | undefined;
  readonly readOnlyToken: string | undefined;
  readonly secret: string | undefined;
  /** Accepted besides. */
  readonly otherSecret: string | undefined;
  readonly gossipCertificate: string | undefined;
  readonly gossipKey: string | undefined;
  readonly gossipAuthority: string | undefined;
  readonly linkBytesPerSecond: number;
  /** TLS of the Redis and REST addresses. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly clientAuthority?: string | undefined;
  /** Who may say on whose behalf it connects; nobody without. */
  readonly trustedProxies?: AddressRanges | undefined;
  readonly respPassword: string | undefined;
  readonly durability: DurabilityMode;
  readonly memoryBytesMax: number;
  /** Seconds that a key is not used before it is packed; null: never; without, as the keyspace has it. */
  readonly packAfterS?: number | null;
  readonly clientsMax: number;
  readonly segmentBytes: number;
  readonly logBytesMax: number;
  readonly logAgeMaxMs: number;
  /** When a silent member is put out. */
  readonly fence: FenceLimits;
  /** How far regions' clocks may differ. */
  readonly clockSkewMaxMs: number;
  readonly diskFreeMinBytes: number;
  readonly joinTimeoutMs: number;
  readonly drainTimeoutMs: number;
  /** How long the end is announced to routers before it begins. */
  readonly drainAnnounceMs?: number;
  /** Those that are not said are as the door has them. */
  readonly restLimits?: Partial<RestLimits>;
  /** The machine's unless a test puts it wrong. */
  readonly clock: Clock;
  readonly logLevel: LogLevel;
  /** The program's version. */
  readonly version: string;
}

/** The options contradict each other; the message is one line for a person. */
export class NodeOptionsError extends Error {
  override readonly name = "NodeOptionsError";
}

export function checkNodeOptions(options: NodeOptions): void {
  const { region, peers } = options;
  if (peers.some((peer) => peer.name === region)) {
    throw new NodeOptionsError(`--peer ${region}: a region is not its own peer`);
  }
  const names = peers.map((peer) => peer.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new NodeOptionsError(`--peer ${twice} is given twice`);
  if (peers.length > 0 && options.secret === undefined) {
    throw new NodeOptionsError("--secret is needed as soon as there is a --peer: regions prove it to each other");
  }
  if ((options.gossipCertificate === undefined) !== (options.gossipKey === undefined)) {
    throw new NodeOptionsError("--gossip-cert and --gossip-key belong together");
  }
  if (options.gossipAuthority !== undefined && options.gossipCertificate === undefined) {
    throw new NodeOptionsError("--gossip-ca needs --gossip-cert and --gossip-key: both sides show a certificate");
  }
  if ((options.clientCertificate === undefined) !== (options.clientKey === undefined)) {
    throw new NodeOptionsError("--client-cert and --client-key belong together");
  }
  if (options.clientAuthority !== undefined && options.clientCertificate === undefined) {
    throw new NodeOptionsError("--client-ca needs --client-cert and --client-key");
  }
  // Segments go whole, and the last one is being written: less would refuse writes without need.
  if (options.logBytesMax < options.segmentBytes * 4) {
    throw new NodeOptionsError("--log-budget must be at least four times --segment-bytes");
  }
  if (options.token !== undefined && options.token === options.readOnlyToken) {
    throw new NodeOptionsError("--token and --read-only-token must differ");
  }
}

/** The files of TLS with clients; null without. */
export function clientTlsFiles(options: NodeOptions): TlsFiles | null {
  const { clientCertificate: certificate, clientKey: key, clientAuthority } = options;
  return certificate === undefined || key === undefined
    ? null
    : { certificate, key, authority: clientAuthority ?? null };
}

/** The files of TLS between regions; null without. */
export function tlsFiles(options: NodeOptions): TlsFiles | null {
  const { gossipCertificate: certificate, gossipKey: key, gossipAuthority } = options;
  return certificate === undefined || key === undefined
    ? null
    : { certificate, key, authority: gossipAuthority ?? null };
}
