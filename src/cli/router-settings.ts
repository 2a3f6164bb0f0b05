import { isBareUrl } from "../base/bare-url.ts";
import { parseRegionFlag } from "../router/region-flag.ts";
import { parseBound } from "../router/token-bounds.ts";
import { COMMON_SETTINGS, parseLocation } from "./node-settings.ts";
import {
  integerBetween,
  oneOf,
  parseAddressRanges,
  parseBytes,
  parseHostPort,
  parseListenAddress,
  parseSwitch,
  parseText,
  SettingError,
  type Setting,
} from "./setting.ts";

export const ROUTER_SETTINGS = {
  http: {
    flag: "http",
    argument: "HOST:PORT",
    summary: "Address for REST clients; `fd:3` for a socket that the process was given, as systemd does.",
    fallback: "127.0.0.1:8080",
    parse: parseListenAddress,
  },
  resp: {
    flag: "resp",
    argument: "HOST:PORT",
    summary: "Address for clients of the Redis protocol, or `fd:4`; without one they are not served.",
    parse: parseListenAddress,
  },
  admin: {
    flag: "admin",
    argument: "HOST:PORT",
    summary: "Address of the router's own /metrics, /livez and /readyz; without one they are not served.",
    parse: parseHostPort,
  },
  httpCertificate: {
    flag: "http-cert",
    argument: "FILE",
    summary: "PEM certificate of the REST address: it speaks TLS alone. A renewed file is taken up within seconds.",
    parse: parseText,
  },
  httpKey: { flag: "http-key", argument: "FILE", summary: "PEM key of that certificate.", parse: parseText },
  httpAuthority: {
    flag: "http-ca",
    argument: "FILE",
    summary: "PEM certificates of who signs REST clients' certificates. With it every one must show one.",
    parse: parseText,
  },
  respCertificate: {
    flag: "resp-cert",
    argument: "FILE",
    summary: "The same for the address of the Redis protocol.",
    parse: parseText,
  },
  respKey: { flag: "resp-key", argument: "FILE", summary: "PEM key of that certificate.", parse: parseText },
  respAuthority: {
    flag: "resp-ca",
    argument: "FILE",
    summary: "PEM certificates of who signs Redis clients' certificates. With it every one must show one.",
    parse: parseText,
  },
  httpProxyHeadersFrom: {
    flag: "http-proxy-protocol-from",
    argument: "CIDR,CIDR",
    summary:
      "Proxies whose connections to the REST address begin with a PROXY header (version 1 or 2), and have to. From others one is refused.",
    parse: parseAddressRanges,
  },
  respProxyHeadersFrom: {
    flag: "resp-proxy-protocol-from",
    argument: "CIDR,CIDR",
    summary: "The same for the address of the Redis protocol.",
    parse: parseAddressRanges,
  },
  trustedProxies: {
    flag: "trusted-proxies",
    argument: "CIDR,CIDR",
    summary:
      "Edges and proxies that are believed about their clients: `x-forwarded-for`, and where the client is. From others such headers are ignored, and not passed on.",
    parse: parseAddressRanges,
  },
  pinnedHosts: {
    flag: "pin-host",
    argument: "REGION=HOST",
    summary:
      "A host name whose requests are served by that region or not at all, as by `x-region-force`; for the Redis protocol over TLS the name in the handshake counts.",
    repeatable: true,
    parse: (text: string) => {
      const match = /^([A-Za-z0-9_-]{1,63})=([A-Za-z0-9.-]{1,253})$/u.exec(text);
      if (match === null) throw new SettingError(`wants REGION=HOST, not "${text}"`);
      return { region: match[1]!, host: match[2]! };
    },
  },
  bounds: {
    flag: "bind",
    argument: "sha256:HEX=REGION+REGION",
    summary:
      "A REST token, by its SHA-256 in hex, that only these regions may serve; or `user:NAME=REGION+REGION`, a user of the Redis protocol. When all of them are down that is an error, whatever the request allows.",
    repeatable: true,
    parse: (text: string) => {
      const bound = parseBound(text);
      if (bound === null) throw new SettingError("wants sha256:HEX=REGION+REGION or user:NAME=REGION+REGION");
      return bound;
    },
  },
  requestBytesMax: {
    flag: "http-request-bytes-max",
    argument: "BYTES",
    summary: "Bytes of one REST request's body; a larger one is refused. Regions have a limit of their own.",
    fallback: "512mb",
    parse: parseBytes,
  },
  connectionsPerAddressMax: {
    flag: "connections-per-address-max",
    argument: "N",
    summary: "Connections that one client address may have at each of the two addresses.",
    fallback: "10000",
    parse: integerBetween(1, 1_000_000),
  },
  respResume: {
    flag: "resp-resume",
    argument: "",
    summary:
      "Carry idle sessions of the Redis protocol over to another region when theirs goes away, instead of closing them. The router then follows what clients say, and keeps their passwords in memory.",
    fallback: "false",
    parse: parseSwitch,
  },
  respFailbackPerSecond: {
    flag: "resp-failback-per-second",
    argument: "N",
    summary:
      "Idle connections of the Redis protocol led back in a second to a region that is the nearest again; 0: none, they stay until they end. Without --resp-resume that means to close them.",
    fallback: "10",
    parse: integerBetween(0, 100_000),
  },
  regionAuthority: {
    flag: "region-ca",
    argument: "FILE",
    summary:
      "PEM certificates of who signs the certificates of regions reached by https:// or rediss://; without it the system's authorities judge them. They are always checked.",
    parse: parseText,
  },
  regionCertificate: {
    flag: "region-cert",
    argument: "FILE",
    summary: "PEM certificate that the router shows to regions that ask for one.",
    parse: parseText,
  },
  regionKey: { flag: "region-key", argument: "FILE", summary: "PEM key of that certificate.", parse: parseText },
  regionProxyProtocol: {
    flag: "region-proxy-protocol",
    argument: "v1|v2",
    summary:
      "Connections to regions' Redis addresses begin with a PROXY header of this version, so that regions know the client's address. They must trust the router: `--trusted-proxies` of the node.",
    parse: oneOf(["v1", "v2"]),
  },
  regions: {
    flag: "region",
    argument:
      "NAME=http://HOST:PORT,redis://HOST:PORT,public:https://HOST,public:rediss://HOST:PORT,geo:LATITUDE,LONGITUDE",
    summary:
      "A region and how the router reaches it; wins over what is announced. Without the second no client of the Redis protocol is sent there. What follows is for `GET /regions`: where clients reach it, and where it is.",
    repeatable: true,
    parse: (text: string) => {
      const parsed = parseRegionFlag(text);
      if (parsed.kind === "refused") throw new SettingError(parsed.message);
      return parsed.region;
    },
  },
  seeds: {
    flag: "seed",
    argument: "http://HOST:PORT",
    summary:
      "REST address of a region that tells of the others: those that announce an address (`--public-rest` of the node) come and go by themselves. Give two or three.",
    repeatable: true,
    parse: (text: string) => {
      if (isBareUrl(text, ["http:", "https:"])) return text.replace(/\/$/u, "");
      throw new SettingError(`wants http://HOST:PORT or https://HOST:PORT, not "${text}"`);
    },
  },
  location: {
    flag: "location",
    argument: "LATITUDE,LONGITUDE",
    summary: "Where the router is, in degrees: regions that were not measured yet are tried by distance from it.",
    parse: parseLocation,
  },
  geoIp: {
    flag: "geo-ip",
    argument: "FILE",
    summary:
      "Where addresses are: lines FIRST,LAST,COUNTRY or with coordinates, as the packages @ip-location-db/*-country and *-city under CC0 or PDDL have them. It orders `GET /regions` for callers whose edge says nothing.",
    parse: parseText,
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
