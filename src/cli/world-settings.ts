import { isRegionName } from "../crdt/origin.ts";
import { COMMON_SETTINGS } from "./node-settings.ts";
import { integerBetween, parseSwitch, parseText, SettingError, type Setting } from "./setting.ts";

function parseRegions(text: string): readonly string[] {
  const names = text.split(",");
  const bad = names.find((name) => !isRegionName(name));
  if (bad !== undefined) throw new SettingError(`wants region names separated by commas, not "${bad}"`);
  if (new Set(names).size !== names.length) throw new SettingError(`names a region twice: "${text}"`);
  if (names.length > 7) throw new SettingError(`starts at most 7 regions on one machine, not ${names.length}`);
  return names;
}

export const WORLD_SETTINGS = {
  regions: {
    flag: "regions",
    argument: "A,B,C",
    summary: "The regions to start.",
    fallback: "us-east,eu-west,ap-southeast",
    parse: parseRegions,
  },
  data: {
    flag: "data",
    argument: "DIR",
    summary: "Where the regions keep their data; a second start finds it again.",
    fallback: ".antipode",
    parse: parseText,
  },
  basePort: {
    flag: "base-port",
    argument: "PORT",
    summary:
      "First of a row of ports: the router's REST and RESP, then RESP, REST, gossip and admin of each region. 0: whatever is free.",
    fallback: "7700",
    parse: integerBetween(0, 65_000),
  },
  links: {
    flag: "links",
    argument: "MODE",
    summary:
      "`auto` delays the links between regions 30–75 ms one way, by a toxiproxy server where one is found and a built-in proxy where not; `direct` does not.",
    fallback: "auto",
    parse: (text: string): "auto" | "direct" => {
      if (text !== "auto" && text !== "direct") throw new SettingError(`wants auto or direct, not "${text}"`);
      return text;
    },
  },
  check: {
    flag: "check",
    argument: "",
    summary:
      "Run a day of session traffic against the world, kill and restart a region on the way, prove that nothing was lost, and stop.",
    fallback: "false",
    parse: parseSwitch,
  },
  checkSeconds: {
    flag: "check-seconds",
    argument: "S",
    summary: "How long the day of --check lasts.",
    fallback: "20",
    parse: integerBetween(2, 86_400),
  },
  checkRate: {
    flag: "check-rate",
    argument: "N",
    summary: "Actions per second of --check.",
    fallback: "200",
    parse: integerBetween(1, 20_000),
  },
  checkSeed: {
    flag: "check-seed",
    argument: "N",
    summary: "Seed of --check: the same seed plans the same day.",
    fallback: "1",
    parse: integerBetween(0, 4_294_967_295),
  },
  ...COMMON_SETTINGS,
} as const satisfies Record<string, Setting<unknown>>;
