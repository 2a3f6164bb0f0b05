import { decr, decrby, incr, incrby, incrbyfloat } from "./counter-commands.ts";
import { get, getdel, getex, getrange, mget, strlen, substr } from "./get-commands.ts";
import { lcs } from "./lcs-command.ts";
import { getset, psetex, set, setex, setnx } from "./set-commands.ts";
import { append, mset, msetnx, setrange } from "./string-edit-commands.ts";

export const STRING_COMMANDS = [
  set,
  get,
  getset,
  getdel,
  getex,
  setnx,
  setex,
  psetex,
  mset,
  msetnx,
  mget,
  append,
  strlen,
  setrange,
  getrange,
  substr,
  incr,
  decr,
  incrby,
  decrby,
  incrbyfloat,
  lcs,
];
