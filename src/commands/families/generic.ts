import { dbsize, flushall, flushdb } from "./database-commands.ts";
import {
  expire,
  expireat,
  expiretime,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  ttl,
} from "./expiry-commands.ts";
import { del, exists, touch, type, unlink } from "./key-commands.ts";
import { copy, moveCommand, rename, renamenx, swapdb } from "./key-move-commands.ts";
import { keys, randomkey, scan } from "./keyspace-walk-commands.ts";
import { dump, restore } from "./dump-commands.ts";
import { object } from "./object-commands.ts";
import { sort, sortRo } from "./sort-commands.ts";
import { wait, waitaof } from "./wait-commands.ts";

export const GENERIC_COMMANDS = [
  del,
  unlink,
  exists,
  type,
  keys,
  scan,
  randomkey,
  rename,
  renamenx,
  copy,
  moveCommand,
  touch,
  dbsize,
  flushdb,
  flushall,
  swapdb,
  expire,
  pexpire,
  expireat,
  pexpireat,
  ttl,
  pttl,
  expiretime,
  pexpiretime,
  persist,
  object,
  dump,
  restore,
  sort,
  sortRo,
  wait,
  waitaof,
];
