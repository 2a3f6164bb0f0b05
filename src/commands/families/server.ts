import { acl } from "./acl-commands.ts";
import { antipode } from "./antipode-commands.ts";
import { command } from "./command-command.ts";
import { config } from "./config-commands.ts";
import { debug } from "./debug-command.ts";
import { info } from "./info-command.ts";
import { INSTANCE_COMMANDS } from "./instance-commands.ts";
import { memory } from "./memory-commands.ts";
import { monitor } from "./monitor-command.ts";
import { SAVING_COMMANDS } from "./saving-commands.ts";
import { cluster, lolwut, role, time } from "./server-commands.ts";
import { latency } from "./latency-commands.ts";
import { slowlog } from "./slowlog-commands.ts";

export const SERVER_COMMANDS = [
  monitor,
  command,
  config,
  info,
  time,
  debug,
  memory,
  lolwut,
  slowlog,
  latency,
  role,
  cluster,
  antipode,
  acl,
  ...SAVING_COMMANDS,
  ...INSTANCE_COMMANDS,
];
