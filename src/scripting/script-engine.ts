import type { BinaryString } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type {
  LibraryFunction,
  LibrarySource,
  Script,
  ScriptEngine,
  ScriptInvocation,
} from "../commands/scripting-port.ts";
import { ReplyError } from "../resp/reply-error.ts";
import type { Reply } from "../resp/reply.ts";
import { registerFunction, type RegisteredFunction } from "./function-registration.ts";
import type { KillSwitch } from "./kill-switch.ts";
import { loadChunk } from "./lua/base-functions.ts";
import { LUA, LuaFault, REGISTRY } from "./lua/lua-stack.ts";
import { errorOf, ReplyReader } from "./lua-to-reply.ts";
import { LuaWorld, SLOT } from "./lua-world.ts";
import { RunEnded } from "./run-ended.ts";
import { RunWatch } from "./run-watch.ts";
import { ScriptReferences } from "./script-references.ts";

export interface ScriptEngineOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly killSwitch: KillSwitch;
  /** Redis' version as scripts see it. */
  readonly redisVersion: string;
  /** Bytes that Lua may use: a script that wants more gets "not enough memory". */
  readonly memoryBytesMax?: number;
}

const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
/** A machine never gives memory back: one that has grown past this is let go after the run, and a new one made. */
const KEPT_BYTES_MAX = 96 * 1024 * 1024;
/** Instructions between two looks at the clock. */
const HOOK_INSTRUCTIONS = 1000;
const MASK_COUNT = 8;

interface LoadedLibrary {
  readonly body: BinaryString;
  readonly functions: readonly RegisteredFunction[];
}

/** A Lua state with what is compiled in it. All of it goes when the machine goes. */
interface Compiled {
  readonly world: LuaWorld;
  readonly reader: ReplyReader;
  readonly scripts: ScriptReferences;
  readonly libraries: Map<string, LoadedLibrary>;
}

/**
 * Runs scripts and functions, one at a time, on the thread that asks. Scripts are compiled once; arguments and replies cross by
 * Lua's C API. Whatever a script does, this answers: what Lua can raise is an error reply, and what leaves the machine in doubt
 * (a trap, a stack that ran over, a run that had to be ended) costs the machine, of which the next run makes a new one.
 */
export class LuaEngine implements ScriptEngine {
  readonly #options: ScriptEngineOptions;
  readonly #watch: RunWatch;
  #compiled: Compiled | null = null;
  /** Where `redis.register_function` puts what it is given; null when no library is being loaded. */
  #registering: RegisteredFunction[] | null = null;

  constructor(options: ScriptEngineOptions) {
    this.#options = options;
    this.#watch = new RunWatch(() => options.clock.monotonicMs(), options.killSwitch);
  }

  get memoryBytes(): number {
    return this.#compiled?.world.machine.memoryBytes ?? 0;
  }

  compile(script: Script): void {
    this.#safely(script.sha, () => {
      this.#pushScript(this.#open(), script);
      return null;
    });
  }

  evaluate(script: Script, invocation: ScriptInvocation): Reply {
    try {
      return this.#safely(script.sha, () => {
        const compiled = this.#open();
        const { state, stack } = compiled.world;
        const { api } = stack;
        this.#pushScript(compiled, script);
        api.lua_pushvalue(state, SLOT.keys);
        this.#pushWords(compiled, invocation.keys);
        api.lua_rawset(state, SLOT.globals);
        api.lua_pushvalue(state, SLOT.argv);
        this.#pushWords(compiled, invocation.args);
        api.lua_rawset(state, SLOT.globals);
        this.#watch.begin("script", invocation.calls, invocation.busyMs);
        return this.#call(compiled, script.sha, 0, invocation);
      });
    } catch (error) {
      if (error instanceof ReplyError) return error;
      throw error;
    }
  }

  loadLibrary(library: LibrarySource): readonly LibraryFunction[] {
    return this.#safely(library.name, () => this.#library(this.#open(), library).functions);
  }

  callFunction(library: LibrarySource, name: string, invocation: ScriptInvocation): Reply {
    try {
      return this.#safely(name, () => {
        const compiled = this.#open();
        const { functions } = this.#library(compiled, library);
        const found = functions.find((one) => one.name === name);
        if (found === undefined) throw new ReplyError("ERR", "Function not found");
        compiled.world.stack.api.lua_rawgeti(compiled.world.state, REGISTRY, found.reference);
        this.#pushWords(compiled, invocation.keys);
        this.#pushWords(compiled, invocation.args);
        this.#watch.begin("function", invocation.calls, invocation.busyMs);
        return this.#call(compiled, name, 2, invocation);
      });
    } catch (error) {
      if (error instanceof ReplyError) return error;
      throw error;
    }
  }

  forget(): void {
    this.#compiled = null;
  }

  /** Runs the function on the stack with its arguments above it. */
  #call(compiled: Compiled, name: string, values: number, { calls }: ScriptInvocation): Reply {
    const { state, stack } = compiled.world;
    const status = stack.api.lua_pcall(state, values, 1, SLOT.handler);
    if (status === 0) return compiled.reader.read(state, calls.resp === 3);
    if (stack.api.lua_type(state, -1) !== LUA.table) {
      const text = stack.string(state, -1) ?? "execution failure";
      return failed(name, text);
    }
    const field = (key: string): string | null => {
      stack.rawField(state, -1, key);
      const text = stack.string(state, -1);
      stack.pop(state);
      return text;
    };
    const [text, source, line] = [field("err"), field("source"), field("line")];
    const place = source === null || line === null ? "" : ` script: ${name}, on ${source}:${line}.`;
    return errorOf(`${text ?? "ERR unknown error"}${place}`);
  }

  #pushScript({ scripts, world }: Compiled, { sha, body }: Script): void {
    const { api } = world.stack;
    let reference = scripts.use(sha);
    if (reference === undefined) {
      if (!loadChunk(world.stack, world.state, body, "@user_script")) {
        const text = world.stack.string(world.state, -1) ?? "";
        throw new ReplyError("ERR", `Error compiling script (new function): ${text}`);
      }
      reference = api.luaL_ref(world.state, REGISTRY);
      const surplus = scripts.add(sha, reference);
      if (surplus !== null) api.luaL_unref(world.state, REGISTRY, surplus);
    }
    api.lua_rawgeti(world.state, REGISTRY, reference);
  }

  #pushWords({ world }: Compiled, words: readonly BinaryString[]): void {
    const { state, stack } = world;
    stack.api.lua_createtable(state, words.length, 0);
    for (let index = 0; index < words.length; index++) {
      stack.pushString(state, words[index]!);
      stack.api.lua_rawseti(state, -2, index + 1);
    }
  }

  /** The library as it is loaded in this machine. */
  #library(compiled: Compiled, library: LibrarySource): LoadedLibrary {
    const known = compiled.libraries.get(library.name);
    if (known?.body === library.body) return known;
    const { world } = compiled;
    const { api } = world.stack;
    const functions: RegisteredFunction[] = [];
    world.loading(true);
    try {
      if (!loadChunk(world.stack, world.state, library.body, "@user_function")) {
        throw new ReplyError("ERR", `Error compiling function: ${world.stack.string(world.state, -1) ?? ""}`);
      }
      world.setFunctionGlobals();
      this.#registering = functions;
      this.#watch.beginLoading();
      if (api.lua_pcall(world.state, 0, 0, 0) !== 0) {
        throw new ReplyError("ERR", `Error registering functions: ${this.#loadError(compiled)}`);
      }
    } finally {
      this.#registering = null;
      this.#watch.end();
      world.loading(false);
    }
    for (const { reference } of known?.functions ?? []) api.luaL_unref(world.state, REGISTRY, reference);
    const loaded: LoadedLibrary = { body: library.body, functions };
    compiled.libraries.set(library.name, loaded);
    return loaded;
  }

  #loadError({ world }: Compiled): string {
    const { state, stack } = world;
    if (stack.api.lua_type(state, -1) !== LUA.table) return `ERR ${stack.string(state, -1) ?? "unknown error"}`;
    stack.rawField(state, -1, "err");
    return stack.string(state, -1) ?? "ERR unknown error";
  }

  #open(): Compiled {
    if (this.#compiled !== null) return this.#compiled;
    const { memoryBytesMax = MEMORY_BYTES_MAX, redisVersion } = this.#options;
    const watch = this.#watch;
    const host = {
      get calls() {
        return watch.calls;
      },
      version: redisVersion,
      log: (level: number, message: BinaryString) => this.#log(level, message),
    };
    const world = new LuaWorld({
      memoryBytesMax,
      host,
      patterns: {
        leftMs: () => watch.leftMs(),
        stopped() {
          throw watch.tooLong(null);
        },
      },
      register: (stack) => registerFunction(stack, () => this.#registering),
    });
    const hook = world.machine.functionPointer((state) => {
      watch.check(() => {
        const place = world.errors.placeOf(state, 0);
        return place === null ? null : `${place.source}:${place.line}`;
      });
      return 0;
    }, "hook");
    world.stack.onWork = () => watch.check(() => null);
    world.stack.api.lua_sethook(world.state, hook, MASK_COUNT, HOOK_INSTRUCTIONS);
    this.#compiled = {
      world,
      reader: new ReplyReader(world.stack),
      scripts: new ScriptReferences(),
      libraries: new Map(),
    };
    return this.#compiled;
  }

  /** Whatever `body` throws, the next run finds a machine that works. Throws ReplyError. */
  #safely<T>(name: string, body: () => T): T {
    try {
      return body();
    } catch (error) {
      if (error instanceof ReplyError) throw error;
      // A reply that has no end; the machine is whole.
      if (error instanceof LuaFault) throw new ReplyError("ERR", error.message);
      this.#compiled = null;
      if (error instanceof RunEnded) throw this.#ended(name, error);
      if (error instanceof RangeError || (error instanceof Error && OWN_ENDS.has(error.name))) {
        throw failed(name, error instanceof RangeError ? "stack overflow" : "not enough memory");
      }
      throw error;
    } finally {
      this.#watch.end();
      if (this.#compiled !== null) {
        if (this.#compiled.world.machine.memoryBytes > KEPT_BYTES_MAX) this.#compiled = null;
        else this.#compiled.world.clear();
      }
    }
  }

  #ended(name: string, { message, place }: RunEnded): ReplyError {
    this.#options.logger.warn("a script was ended", { script: name, reason: message });
    return errorOf(place === null ? message : `${message} script: ${name}, on ${place}.`);
  }

  #log(level: number, message: BinaryString): void {
    const { logger } = this.#options;
    const fields = { from: "script" };
    if (level <= 1) logger.debug(message, fields);
    else if (level === 2) logger.info(message, fields);
    else logger.warn(message, fields);
  }
}

/** Names of what a machine throws at its end: Lua's panic, WebAssembly's traps. */
const OWN_ENDS: ReadonlySet<string> = new Set(["LuaPanic", "RuntimeError"]);

function failed(name: string, text: string): ReplyError {
  return new ReplyError("ERR", `Error running script ${name}, ${text.slice(0, 100)}`);
}
