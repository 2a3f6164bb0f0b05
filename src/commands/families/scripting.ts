import { evalRo, evalScript, evalsha, evalshaRo, fcall, fcallRo } from "./eval-commands.ts";
import { functions } from "./function-commands.ts";
import { script } from "./script-commands.ts";

export const SCRIPTING_COMMANDS = [evalScript, evalRo, evalsha, evalshaRo, fcall, fcallRo, script, functions];
