import { isBareUrl } from "../base/bare-url.ts";
import { parseRegionFlag } from "../router/region-flag.ts";
import { COMMON_SETTINGS, parseLocation } from "./node-settings.ts";
import { integerBetween, parseHostPort, parseText, SettingError, type Setting } from "./setting.ts";

export const ROUTER_SETTINGS = {
  http: {
    flag: "http",
    argument: "HOST:PORT",
    summary: "Address for REST clients.",
    fallback: "127.0.0.1:8080",
    parse: parseHostPort,
  },
  resp: {
    flag: "resp",
    argument: "HOST:PORT",
    summary: "Address for clients of the Redis protocol; without one they are not served.",
    parse: parseHostPort,
  },
  admin: {
    flag: "admin",
    argument: "HOST:PORT",
    summary: "Address of the router's own /metrics, /livez and /readyz; without one they are not served.",
    parse: parseHostPort,
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
