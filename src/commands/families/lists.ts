import { linsert, lrem, lset, ltrim } from "./list-edit-commands.ts";
import { LIST_END_COMMANDS } from "./list-end-commands.ts";
import { blmove, brpoplpush, lmove, rpoplpush } from "./list-move-commands.ts";
import { LIST_MULTI_POP_COMMANDS } from "./list-multi-pop-commands.ts";
import { lindex, llen, lpos, lrange } from "./list-read-commands.ts";

export const LIST_COMMANDS = [
  ...LIST_END_COMMANDS,
  llen,
  lrange,
  lindex,
  lpos,
  lset,
  linsert,
  lrem,
  ltrim,
  lmove,
  rpoplpush,
  blmove,
  brpoplpush,
  ...LIST_MULTI_POP_COMMANDS,
];
