import type { ScriptEngine } from "../scripting-port.ts";
import { NO_ENGINE } from "./refusals.ts";

/** Stands where no engine was given: every script is refused. */
export const NO_SCRIPT_ENGINE: ScriptEngine = {
  compile() {
    throw NO_ENGINE;
  },
  evaluate: () => NO_ENGINE,
  loadLibrary() {
    throw NO_ENGINE;
  },
  callFunction: () => NO_ENGINE,
  forget() {},
  memoryBytes: 0,
};
