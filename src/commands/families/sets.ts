import { sdiff, sdiffstore, sinter, sintercard, sinterstore, sunion, sunionstore } from "./set-algebra-commands.ts";
import { spop, srandmember } from "./set-random-commands.ts";
import { scard, sismember, smembers, smismember, sscan } from "./set-read-commands.ts";
import { sadd, smove, srem } from "./set-write-commands.ts";

export const SET_COMMANDS = [
  sadd,
  srem,
  sismember,
  smismember,
  smembers,
  scard,
  spop,
  srandmember,
  smove,
  sinter,
  sinterstore,
  sintercard,
  sunion,
  sunionstore,
  sdiff,
  sdiffstore,
  sscan,
];
