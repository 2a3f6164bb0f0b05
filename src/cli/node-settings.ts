import { isBareUrl } from "../base/bare-url.ts";
import { parseGeoPoint, type GeoPoint } from "../base/geo-point.ts";
import { LOG_LEVELS } from "../base/logger.ts";
import { isRegionName } from "../crdt/origin.ts";
import { DURABILITY_MODES } from "../storage/log-port.ts";
import {
  integerBetween,
  oneOf,
  parseAddressRanges,
  parseBytes,
  parseHostPort,
  parseSwitch,
  parseText,
  SettingError,
  type Setting,
} from "./setting.ts";

export interface PeerSetting {
  readonly name: string;
  readonly url: string;
}

export function parseRegionName(text: string): string {
  if (isRegionName(text)) return text;
  throw new SettingError(`wants a region's name: 1–32 of a–z, 0–9 and "-", not "${text}"`);
}

export function parsePeer(text: string): PeerSetting {
  const separator = text.indexOf("=");
  const [name, url] = [text.slice(0, separator), text.slice(separator + 1)];
  if (separator < 1 || !isRegionName(name) || !/^wss?:\/\/[^\s/]+/u.test(url)) {
    throw new SettingError(`wants NAME=ws://HOST:PORT, not "${text}"`);
  }
  return { name, url };
}

/** An address as it is announced to everybody: in the form that URLs are compared in, without a slash at its end. */
function parsePublicUrl(protocols: readonly string[]): (text: string) => string {
  return (text) => {
    if (isBareUrl(text, protocols)) return text.replace(/\/$/u, "");
    const forms = protocols.map((protocol) => `${protocol}//HOST:PORT`).join(" or ");
    throw new SettingError(`wants ${forms}, without password and path, not "${text}"`);
  };
}

export function parseLocation(text: string): GeoPoint {
  const point = parseGeoPoint(text);
  if (point !== null) return point;
  throw new SettingError(`wants LATITUDE,LONGITUDE in degrees, as 50.11,8.68, not "${text}"`);
}

/** Shared by every program. */
export const COMMON_SETTINGS = {
  config: {
    flag: "config",
    argument: "FILE",
    summary: "A JSON file of settings by flag name; flags and environment win over it.",
    parse: parseText,
  },
  logLevel: {
    flag: "log-level",
    argument: "LEVEL",
    summary: "Lines on standard error from this level up.",
    fallback: "info",
    parse: oneOf(LOG_LEVELS),
  },
  readyJson: {
    flag: "ready-json",
    argument: "",
    summary: "Print exactly one line of JSON with every bound address on standard output once ready.",
    fallback: "false",
    parse: parseSwitch,
  },
} as const satisfies Record<string, Setting<unknown>>;

export const NODE_SETTINGS = {
  region: {
    flag: "region",
    argument: "NAME",
    summary: "This region's name, unique among its peers.",
    parse: parseRegionName,
  },
  data: {
    flag: "data",
    argument: "DIR",
    summary: "The data directory, used by one process at a time; created when missing.",
    parse: parseText,
  },
  resp: {
    flag: "resp",
    argument: "HOST:PORT",
    summary: "Address of the Redis protocol. Port 0 lets the system pick.",
    fallback: "127.0.0.1:6379",
    parse: parseHostPort,
  },
  rest: {
    flag: "rest",
    argument: "HOST:PORT",
    summary: "Address of the REST protocol.",
    fallback: "127.0.0.1:8079",
    parse: parseHostPort,
  },
  gossip: {
    flag: "gossip",
    argument: "HOST:PORT",
    summary: "Address on which peers reach this region.",
    fallback: "127.0.0.1:7379",
    parse: parseHostPort,
  },
  admin: {
    flag: "admin",
    argument: "HOST:PORT",
    summary: "Address of /metrics, /livez, /readyz, /digest and /status. No authentication: keep it private.",
    fallback: "127.0.0.1:9079",
    parse: parseHostPort,
  },
  scriptWatch: {
    flag: "script-watch",
    argument: "HOST:PORT",
    summary:
      "Address on which a running script can be ended, answered by a thread of its own: POST /script/kill, POST /function/kill, GET /running. No authentication: keep it private. Without it scripts end by their time limit alone.",
    parse: parseHostPort,
  },
  peers: {
    flag: "peer",
    argument: "NAME=ws://HOST:PORT",
    summary: "Another region and where its gossip address is. Give every other region, in every region.",
    repeatable: true,
    parse: parsePeer,
  },
  publicRest: {
    flag: "public-rest",
    argument: "URL",
    summary:
      "Where clients and routers reach the REST address, https://HOST:PORT: announced to everybody by `GET /regions` of every region.",
    parse: parsePublicUrl(["https:", "http:"]),
  },
  publicResp: {
    flag: "public-resp",
    argument: "URL",
    summary: "The same for the Redis protocol, rediss://HOST:PORT or redis://HOST:PORT.",
    parse: parsePublicUrl(["rediss:", "redis:"]),
  },
  location: {
    flag: "location",
    argument: "LATITUDE,LONGITUDE",
    summary: "Where the region is, in degrees, announced with its addresses: for choices before anything was measured.",
    parse: parseLocation,
  },
  token: {
    flag: "token",
    argument: "TOKEN",
    summary: "REST token with all rights. Without one the REST address refuses every request.",
    secret: true,
    parse: parseText,
  },
  readOnlyToken: {
    flag: "read-only-token",
    argument: "TOKEN",
    summary: "REST token that may only read.",
    secret: true,
    parse: parseText,
  },
  secret: {
    flag: "secret",
    argument: "SECRET",
    summary: "What regions prove to each other before they talk; the same in all. Needed as soon as there is a peer.",
    secret: true,
    parse: parseText,
  },
  otherSecret: {
    flag: "other-secret",
    argument: "SECRET",
    summary:
      "A second secret that peers may prove. To change the secret: give the new one here everywhere, then swap the two everywhere, then drop the old one.",
    secret: true,
    parse: parseText,
  },
  gossipCertificate: {
    flag: "gossip-cert",
    argument: "FILE",
    summary: "PEM certificate of the gossip address: links are TLS, peers reach it as wss://. Read again every minute.",
    parse: parseText,
  },
  gossipKey: {
    flag: "gossip-key",
    argument: "FILE",
    summary: "PEM key of that certificate.",
    parse: parseText,
  },
  gossipAuthority: {
    flag: "gossip-ca",
    argument: "FILE",
    summary:
      "PEM certificates of who signs the regions' certificates. With it every peer must show one, whoever dials.",
    parse: parseText,
  },
  linkBytesPerSecond: {
    flag: "link-bytes-per-second",
    argument: "BYTES",
    summary:
      "Batches and snapshots sent to one peer, at most so many bytes a second; 0: no cap. Lower: peers lag more.",
    fallback: "0",
    parse: parseBytes,
  },
  clientCertificate: {
    flag: "client-cert",
    argument: "FILE",
    summary:
      "PEM certificate of the Redis and REST addresses: both then speak TLS alone. A renewed file is taken up within seconds.",
    parse: parseText,
  },
  clientKey: {
    flag: "client-key",
    argument: "FILE",
    summary: "PEM key of that certificate.",
    parse: parseText,
  },
  clientAuthority: {
    flag: "client-ca",
    argument: "FILE",
    summary: "PEM certificates of who signs clients' certificates. With it every client must show one.",
    parse: parseText,
  },
  trustedProxies: {
    flag: "trusted-proxies",
    argument: "CIDR,CIDR",
    summary:
      "Addresses of routers and proxies that say who their clients are. From them a connection to the Redis address must begin with a PROXY header (version 1 or 2); one to the REST address may, and `x-forwarded-for` is believed.",
    parse: parseAddressRanges,
  },
  respPassword: {
    flag: "resp-password",
    argument: "PASSWORD",
    summary:
      "AUTH password of the user `default`, as long as ACL SETUSER has not defined that user for all regions. Without one no password is asked.",
    secret: true,
    parse: parseText,
  },
  durability: {
    flag: "durability",
    argument: "MODE",
    summary:
      "When a write is acknowledged: `always` after it is synced to disk, `everysec` and `no` after the operating system has it (a power cut may lose about a second, or more).",
    fallback: "always",
    parse: oneOf(DURABILITY_MODES),
  },
  maxmemory: {
    flag: "maxmemory",
    argument: "BYTES",
    summary: "Estimated bytes of keys kept in memory, 0 for all. Lower: more reads come from disk; nothing is lost.",
    fallback: "0",
    parse: parseBytes,
  },
  packAfterS: {
    flag: "pack-after-s",
    argument: "S",
    summary:
      "Where keys in memory take more than 192 MB, one that was not used for so long is packed, which takes about a third less memory, and some microseconds more at its next use, a hash as many as it has fields; 0: never.",
    fallback: "30",
    parse: integerBetween(0, 31_536_000),
  },
  maxclients: {
    flag: "maxclients",
    argument: "N",
    summary: "Connections of the Redis protocol at once; one more is refused.",
    fallback: "10000",
    parse: integerBetween(1, 1_000_000),
  },
  segmentBytes: {
    flag: "segment-bytes",
    argument: "BYTES",
    summary: "Size of a log segment. Smaller ones free disk sooner, larger ones are opened less often.",
    fallback: "64mb",
    parse: parseBytes,
  },
  logBudget: {
    flag: "log-budget",
    argument: "BYTES",
    summary:
      "Log kept for peers that lag behind or are away. Beyond it the oldest segments that a majority of regions holds go, and a peer that lacks them takes a snapshot; while what no majority holds fills it, writes are refused. At least four segments.",
    fallback: "4gb",
    parse: parseBytes,
  },
  logAgeMaxMs: {
    flag: "log-age-max-ms",
    argument: "MS",
    summary: "The same by age: segments that are older go once a majority holds them, whoever lacks them.",
    fallback: "604800000",
    parse: integerBetween(1_000, 315_360_000_000),
  },
  fenceAfterMs: {
    flag: "fence-after-ms",
    argument: "MS",
    summary:
      "A member that has been silent for so long is evicted, while a majority is connected; 0: never. What it alone has is then exported, not merged. Until then deletes, increments and deadlines that it could contradict are kept.",
    fallback: "0",
    parse: integerBetween(0, 315_360_000_000),
  },
  fenceItems: {
    flag: "fence-items",
    argument: "N",
    summary:
      "The same once so many things are kept for a member that has been silent for ten minutes (keys that wait for stability, markers of deletes, passed deadlines); 0: never.",
    fallback: "0",
    parse: integerBetween(0, 1_000_000_000),
  },
  fenceBytes: {
    flag: "fence-bytes",
    argument: "BYTES",
    summary:
      "The same by estimated bytes of markers and of what waits for stability; 0: never. Higher: more memory while a member is away.",
    fallback: "0",
    parse: parseBytes,
  },
  clockSkewMaxMs: {
    flag: "clock-skew-max-ms",
    argument: "MS",
    summary:
      "How far the regions' clocks may differ; the same in all. A region that is further ahead of most others refuses client writes until its clock is right. What has expired is kept so much longer.",
    fallback: "60000",
    parse: integerBetween(1_000, 3_600_000),
  },
  diskFreeMinBytes: {
    flag: "disk-free-min-bytes",
    argument: "BYTES",
    summary:
      "Writes are refused while less than this is free on the data directory's disk, not counting twice what the log has and the data file is still to get; they go on at one and a half times that. 0: never refused, and the log fails at the disk's end.",
    fallback: "256mb",
    parse: parseBytes,
  },
  joinTimeoutMs: {
    flag: "join-timeout-ms",
    argument: "MS",
    summary: "How long a region whose directory is empty waits for a peer to catch up from before it serves by itself.",
    fallback: "3000",
    parse: integerBetween(0, 3_600_000),
  },
  restRequestBytesMax: {
    flag: "rest-request-bytes-max",
    argument: "BYTES",
    summary: "Bytes of one REST request's body; a larger one is refused. Higher: one client can take more memory.",
    fallback: "64mb",
    parse: parseBytes,
  },
  restRecordBytesMax: {
    flag: "rest-record-bytes-max",
    argument: "BYTES",
    summary: "Bytes of one value in a REST request.",
    fallback: "64mb",
    parse: parseBytes,
  },
  restKeyBytesMax: {
    flag: "rest-key-bytes-max",
    argument: "BYTES",
    summary: "Bytes of one key or command word in a REST request.",
    fallback: "64kb",
    parse: parseBytes,
  },
  restCommandsPerSecondMax: {
    flag: "rest-commands-per-second-max",
    argument: "N",
    summary: "Commands that one REST token may send in a second, in this region; 0: any number.",
    fallback: "0",
    parse: integerBetween(0, 1_000_000_000),
  },
  restCommandsPerDayMax: {
    flag: "rest-commands-per-day-max",
    argument: "N",
    summary: "Commands that one REST token may send in a day, in this region and since its start; 0: any number.",
    fallback: "0",
    parse: integerBetween(0, 1_000_000_000_000),
  },
  restIdempotencyMs: {
    flag: "rest-idempotency-ms",
    argument: "MS",
    summary:
      "How long the answer to a REST request with an Idempotency-Key is remembered: a repeat within it is not run again.",
    fallback: "600000",
    parse: integerBetween(1, 86_400_000),
  },
  restIdempotencyBytesMax: {
    flag: "rest-idempotency-bytes-max",
    argument: "BYTES",
    summary: "Bytes of all that is remembered for idempotency keys; beyond, requests with a new key are refused.",
    fallback: "64mb",
    parse: parseBytes,
  },
  drainAnnounceMs: {
    flag: "drain-announce-ms",
    argument: "MS",
    summary:
      "How long a stop goes on serving after `/readyz` says `draining`, so that routers send nothing more before the doors close; only where somebody has asked `/readyz` of the REST address within the last five seconds.",
    fallback: "1500",
    parse: integerBetween(0, 600_000),
  },
  drainTimeoutMs: {
    flag: "drain-timeout-ms",
    argument: "MS",
    summary: "How long a stop waits for requests in flight.",
    fallback: "5000",
    parse: integerBetween(0, 600_000),
  },
  ...COMMON_SETTINGS,
} as const satisfies Record<string, Setting<unknown>>;
