import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from "./hash-read-commands.ts";
import { hrandfield, hscan } from "./hash-scan-commands.ts";
import { hdel, hincrby, hincrbyfloat, hmset, hset, hsetnx } from "./hash-write-commands.ts";

import { hgetdel, hgetex, hsetex } from "./hash-ex-commands.ts";
import {
  hexpire,
  hexpireat,
  hexpiretime,
  hpersist,
  hpexpire,
  hpexpireat,
  hpexpiretime,
  hpttl,
  httl,
} from "./hash-expiry-commands.ts";

export const HASH_COMMANDS = [
  hset,
  hsetnx,
  hmset,
  hget,
  hmget,
  hgetall,
  hdel,
  hlen,
  hstrlen,
  hexists,
  hkeys,
  hvals,
  hincrby,
  hincrbyfloat,
  hrandfield,
  hscan,
  hexpire,
  hpexpire,
  hexpireat,
  hpexpireat,
  httl,
  hpttl,
  hexpiretime,
  hpexpiretime,
  hpersist,
  hgetdel,
  hgetex,
  hsetex,
];
