import { xadd, xtrim } from "./stream-add-commands.ts";
import { xautoclaim, xclaim } from "./stream-claim-commands.ts";
import { xackdel, xdel, xdelex, xsetid } from "./stream-delete-commands.ts";
import { xgroup } from "./stream-group-commands.ts";
import { xinfo } from "./stream-info-commands.ts";
import { xack, xpending } from "./stream-pending-commands.ts";
import { xlen, xrange, xrevrange } from "./stream-range-commands.ts";
import { xread, xreadgroup } from "./stream-read-commands.ts";

export const STREAM_COMMANDS = [
  xadd,
  xtrim,
  xlen,
  xrange,
  xrevrange,
  xread,
  xdel,
  xdelex,
  xsetid,
  xgroup,
  xreadgroup,
  xack,
  xackdel,
  xpending,
  xclaim,
  xautoclaim,
  xinfo,
];
