import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from "./hash-read-commands.ts";
import { hrandfield, hscan } from "./hash-scan-commands.ts";
import { hdel, hincrby, hincrbyfloat, hmset, hset, hsetnx } from "./hash-write-commands.ts";

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
];
