import { createContext, Script } from "node:vm";
import { LUA, type HostFunction, type LuaStack } from "./lua-stack.ts";

/**
 * Lua's pattern matching backtracks, in C, where no hook counts: a short pattern with many repeats can run for longer than the
 * universe. Redis has that hole. Here a call whose worst case is small runs as it is; any other runs where the engine of
 * JavaScript can be told to stop, which costs a thread for as long as it runs.
 */

/** Steps that a call may take in the worst case without being watched: some hundred milliseconds. */
const UNWATCHED_STEPS = 1e8;
/** `lua_upvalueindex(1)`. */
const FIRST_UPVALUE = -10_003;

/** How the watched call is told its limit, and what its end becomes. */
export interface PatternWatch {
  /** Milliseconds that the run has left; 0: no limit. */
  leftMs(): number;
  /** The call was stopped. Must throw. */
  stopped(): never;
}

export function patternFunctions(
  stack: LuaStack,
  original: (name: string) => number,
  watch: PatternWatch,
): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const guarded = (name: string): HostFunction => {
    const call = stack.machine.functionAt(original(name));
    return (state) => (isCheap(stack, state) ? call(state) : watched(() => call(state), watch));
  };
  const gmatch = stack.machine.functionAt(original("gmatch"));
  const watchedIterator = stack.functionPointer((state) => {
    api.lua_pushvalue(state, FIRST_UPVALUE);
    watched(() => {
      api.lua_call(state, 0, -1);
      return 0;
    }, watch);
    return api.lua_gettop(state);
  });
  return {
    find: guarded("find"),
    match: guarded("match"),
    gsub: guarded("gsub"),
    gmatch(state) {
      const cheap = isCheap(stack, state);
      gmatch(state);
      if (!cheap) api.lua_pushcclosure(state, watchedIterator, 1);
      return 1;
    },
  };
}

/** Worst case: every start, and for each repeat every length. */
function isCheap(stack: LuaStack, state: number): boolean {
  const { api } = stack;
  if (api.lua_type(state, 1) !== LUA.string || api.lua_type(state, 2) !== LUA.string) return true;
  const length = api.lua_objlen(state, 1) + 1;
  const patternLength = api.lua_objlen(state, 2) + 1;
  if (length * patternLength > UNWATCHED_STEPS) return false;
  const pattern = stack.string(state, 2)!;
  let steps = length * patternLength;
  for (let index = 1; index < pattern.length; index++) {
    switch (pattern[index]) {
      case "*":
      case "+":
      case "-":
        steps *= length;
        break;
      case "?":
        steps *= 2;
        break;
      default:
        continue;
    }
    if (steps > UNWATCHED_STEPS) return false;
  }
  return true;
}

/**
 * The only way in Node to be interrupted on one's own thread is a script with a timeout. It runs in a context of its own, which
 * holds nothing but what it has to call.
 */
const gate: { run: () => number | undefined } = { run: () => undefined };
const context = createContext(gate);
const timed = new Script("run()");

function watched(call: () => number, watch: PatternWatch): number {
  const leftMs = Math.ceil(watch.leftMs());
  if (leftMs <= 0) return call();
  let results = 0;
  gate.run = () => {
    results = call();
    return undefined;
  };
  try {
    timed.runInContext(context, { timeout: leftMs });
    return results;
  } catch (error) {
    // Not an instance of this realm's Error.
    if ((error as { readonly code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") watch.stopped();
    throw error;
  } finally {
    gate.run = () => undefined;
  }
}
