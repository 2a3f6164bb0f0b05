import { parseRegionFlag } from "../router/region-flag.ts";
import { COMMON_SETTINGS } from "./node-settings.ts";
import { integerBetween, parseHostPort, SettingError, type Setting } from "./setting.ts";

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
    argument: "NAME=http://HOST:PORT,redis://HOST:PORT",
    summary:
      "A region and its addresses; give each one. Without the second no client of the Redis protocol is sent there.",
    repeatable: true,
    parse: (text: string) => {
      const parsed = parseRegionFlag(text);
      if (parsed.kind === "refused") throw new SettingError(parsed.message);
      return parsed.region;
    },
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
