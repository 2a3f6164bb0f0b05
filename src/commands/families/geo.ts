import { geoadd, geodist, geohash, geopos } from "./geo-commands.ts";
import {
  georadius,
  georadiusbymember,
  georadiusbymemberRo,
  georadiusRo,
  geosearch,
  geosearchstore,
} from "./geo-search-commands.ts";

export const GEO_COMMANDS = [
  geoadd,
  geopos,
  geodist,
  geohash,
  geosearch,
  geosearchstore,
  georadius,
  georadiusRo,
  georadiusbymember,
  georadiusbymemberRo,
];
