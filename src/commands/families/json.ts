import { jsonArrappend, jsonArrindex, jsonArrinsert, jsonArrpop, jsonArrtrim } from "./json-array-commands.ts";
import { jsonDebug } from "./json-debug-command.ts";
import { jsonGet, jsonMget } from "./json-get-commands.ts";
import { jsonArrlen, jsonObjkeys, jsonObjlen, jsonResp, jsonStrlen, jsonType } from "./json-read-commands.ts";
import { jsonNumincrby, jsonNummultby, jsonStrappend, jsonToggle } from "./json-value-commands.ts";
import { jsonClear, jsonDel, jsonForget, jsonMerge, jsonMset, jsonSet } from "./json-write-commands.ts";

export const JSON_COMMANDS = [
  jsonSet,
  jsonGet,
  jsonMset,
  jsonMget,
  jsonMerge,
  jsonDel,
  jsonForget,
  jsonClear,
  jsonType,
  jsonNumincrby,
  jsonNummultby,
  jsonToggle,
  jsonStrappend,
  jsonStrlen,
  jsonArrappend,
  jsonArrindex,
  jsonArrinsert,
  jsonArrlen,
  jsonArrpop,
  jsonArrtrim,
  jsonObjkeys,
  jsonObjlen,
  jsonResp,
  jsonDebug,
];
