import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/**
 * The real Lua 5.1 virtual machine, compiled to WebAssembly (npm's `wasmoon-lua5.1`), without that package's JavaScript:
 * scripts run on the hot path, and its proxies cost more than Lua does. The C API is called directly, and of the machine's 27
 * imports only those that Lua itself needs do something: no file, no clock, no environment, no process is reachable from inside,
 * whatever a script finds.
 *
 * One instance is one Lua world. Whatever goes wrong in a way that Lua cannot clean up (its C stack overflows, the machine
 * traps, a run is ended from outside) is a JavaScript exception that leaves the instance behind: throw it away, make a new one.
 */

/** The part of WebAssembly's interface that is used here: Node has it, its types do not. */
declare global {
  namespace WebAssembly {
    type ImportValue = (...values: number[]) => number | void;
    type Imports = Record<string, Record<string, ImportValue>>;
    class Module {
      constructor(bytes: Uint8Array);
      static imports(module: Module): { readonly module: string; readonly name: string }[];
    }
    class Instance {
      constructor(module: Module, imports: Imports);
      readonly exports: Record<string, unknown>;
    }
    class Memory {
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    class Table {
      grow(by: number): number;
      get(index: number): unknown;
      set(index: number, value: unknown): void;
    }
  }
}

/** Functions of Lua's C API, as the module exports them. Pointers and lengths are numbers of bytes. */
export interface LuaApi {
  readonly memory: WebAssembly.Memory;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  luaL_newstate(): number;
  luaL_openlibs(state: number): void;
  luaL_loadbuffer(state: number, code: number, bytes: number, name: number): number;
  luaL_ref(state: number, index: number): number;
  luaL_unref(state: number, index: number, reference: number): void;
  luaL_where(state: number, level: number): void;
  luaL_checklstring(state: number, argument: number, length: number): number;
  luaL_checknumber(state: number, argument: number): number;
  luaL_checkinteger(state: number, argument: number): number;
  luaL_optinteger(state: number, argument: number, fallback: number): number;
  luaL_checktype(state: number, argument: number, type: number): void;
  luaL_checkany(state: number, argument: number): void;
  luaL_argerror(state: number, argument: number, message: number): number;
  lua_checkstack(state: number, slots: number): number;
  lua_concat(state: number, values: number): void;
  lua_createtable(state: number, items: number, fields: number): void;
  lua_call(state: number, values: number, results: number): void;
  lua_error(state: number): number;
  lua_gc(state: number, what: number, value: number): number;
  lua_getfield(state: number, index: number, name: number): void;
  lua_getinfo(state: number, what: number, record: number): number;
  lua_getstack(state: number, level: number, record: number): number;
  lua_getmetatable(state: number, index: number): number;
  lua_gettop(state: number): number;
  lua_insert(state: number, index: number): void;
  lua_isstring(state: number, index: number): number;
  lua_next(state: number, index: number): number;
  lua_objlen(state: number, index: number): number;
  lua_pcall(state: number, values: number, results: number, handler: number): number;
  lua_pushboolean(state: number, value: number): void;
  lua_pushcclosure(state: number, pointer: number, upvalues: number): void;
  lua_pushlightuserdata(state: number, pointer: number): void;
  lua_pushlstring(state: number, pointer: number, bytes: number): void;
  lua_pushnil(state: number): void;
  lua_pushnumber(state: number, value: number): void;
  lua_pushvalue(state: number, index: number): void;
  lua_rawget(state: number, index: number): void;
  lua_rawgeti(state: number, index: number, position: number): void;
  lua_rawset(state: number, index: number): void;
  lua_rawseti(state: number, index: number, position: number): void;
  lua_remove(state: number, index: number): void;
  lua_replace(state: number, index: number): void;
  lua_setfenv(state: number, index: number): number;
  lua_sethook(state: number, pointer: number, mask: number, count: number): void;
  lua_setmetatable(state: number, index: number): number;
  lua_settop(state: number, index: number): void;
  lua_toboolean(state: number, index: number): number;
  lua_tocfunction(state: number, index: number): number;
  lua_tolstring(state: number, index: number, length: number): number;
  lua_tonumber(state: number, index: number): number;
  lua_topointer(state: number, index: number): number;
  lua_touserdata(state: number, index: number): number;
  lua_type(state: number, index: number): number;
}

/** Lua called exit(): an error outside every protected call. The instance is of no use any more. */
export class LuaPanic extends Error {
  override readonly name = "LuaPanic";
}

/** What longjmp throws: compared by identity with numbers alone, as Emscripten's own glue does. */
const LONG_JUMP = Number.POSITIVE_INFINITY;
const PAGE_BYTES = 65_536;
/** "No such system call": what every import answers that Lua does not need. */
const ENOSYS = -52;

export class LuaMachine {
  readonly api: LuaApi;
  /** The machine's memory as bytes; replaced when it grows. */
  bytes: Buffer;
  #words: DataView;
  /** What a C function pointer points into. */
  readonly #functions: WebAssembly.Table;
  /** Of those, what Lua itself calls under protection: a look into the table costs as much as a short call. */
  readonly #protectedCalls: ((a: number, b: number) => void)[] = [];
  readonly #memoryBytesMax: number;

  constructor(memoryBytesMax: number) {
    this.#memoryBytesMax = memoryBytesMax;
    const instance = new WebAssembly.Instance(compiledModule(), this.#imports());
    this.api = instance.exports as unknown as LuaApi;
    this.#functions = instance.exports["__indirect_function_table"] as WebAssembly.Table;
    this.bytes = Buffer.from(this.api.memory.buffer);
    this.#words = new DataView(this.api.memory.buffer);
    this.api.emscripten_stack_init();
    (instance.exports["__wasm_call_ctors"] as () => void)();
  }

  get memoryBytes(): number {
    return this.bytes.length;
  }

  u32(pointer: number): number {
    return this.#words.getUint32(pointer, true);
  }

  i32(pointer: number): number {
    return this.#words.getInt32(pointer, true);
  }

  /** A `lua_CFunction`'s or hook's pointer for a function of ours. Lives as long as the machine. */
  functionPointer(call: (state: number, record: number) => number, kind: "function" | "hook"): number {
    const module = kind === "function" ? functionModule() : hookModule();
    const { exports } = new WebAssembly.Instance(module, { e: { f: call } });
    const index = this.#functions.grow(1);
    this.#functions.set(index, exports["f"]);
    return index;
  }

  /** A C function inside the machine, by its pointer. */
  functionAt(pointer: number): (state: number) => number {
    return this.#functions.get(pointer) as (state: number) => number;
  }

  /** A C string that stays for ever. */
  constant(text: string): number {
    const pointer = this.api.malloc(text.length + 1);
    this.bytes.latin1Write(text, pointer);
    this.bytes[pointer + text.length] = 0;
    return pointer;
  }

  #grow(bytes: number): number {
    const { memory } = this.api;
    if (bytes > this.#memoryBytesMax) return 0;
    try {
      memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES));
    } catch {
      return 0;
    }
    this.bytes = Buffer.from(memory.buffer);
    this.#words = new DataView(memory.buffer);
    return 1;
  }

  #imports(): WebAssembly.Imports {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module, name } of WebAssembly.Module.imports(compiledModule())) {
      (imports[module] ??= {})[name] = () => ENOSYS;
    }
    Object.assign(imports["env"]!, {
      exit() {
        throw new LuaPanic("Lua gave up");
      },
      emscripten_memcpy_js: (to: number, from: number, length: number) => {
        this.bytes.copyWithin(to, from, from + length);
      },
      emscripten_resize_heap: (bytes: number) => this.#grow(bytes >>> 0),
      emscripten_date_now: () => 0,
      _emscripten_throw_longjmp() {
        // oxlint-disable-next-line only-throw-error -- the machine's unwinding, caught below
        throw LONG_JUMP;
      },
      invoke_vii: (index: number, first: number, second: number) => {
        const { api } = this;
        const stack = api.stackSave();
        try {
          (this.#protectedCalls[index] ??= this.#functions.get(index) as (a: number, b: number) => void)(first, second);
        } catch (error) {
          if (error !== LONG_JUMP) throw error;
          api.stackRestore(stack);
          api.setThrew(1, 0);
        }
      },
    });
    return imports;
  }
}

let compiled: WebAssembly.Module | null = null;

function compiledModule(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve("wasmoon-lua5.1/dist/liblua5.1.wasm");
  compiled ??= new WebAssembly.Module(readFileSync(path));
  return compiled;
}

/** `(i32) -> i32`, and `(i32, i32) -> ()`: a module that hands its one import out again, which gives it a type. */
const FUNCTION_TYPE = [0x60, 1, 0x7f, 1, 0x7f];
const HOOK_TYPE = [0x60, 2, 0x7f, 0x7f, 0];
let functions: WebAssembly.Module | null = null;
let hooks: WebAssembly.Module | null = null;

function functionModule(): WebAssembly.Module {
  functions ??= reexporter(FUNCTION_TYPE);
  return functions;
}

function hookModule(): WebAssembly.Module {
  hooks ??= reexporter(HOOK_TYPE);
  return hooks;
}

function reexporter(type: readonly number[]): WebAssembly.Module {
  const section = (id: number, body: readonly number[]): number[] => [id, body.length, ...body];
  const [e, f] = [0x65, 0x66];
  const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return new WebAssembly.Module(
    new Uint8Array(
      magicAndVersion.concat(section(1, [1, ...type]), section(2, [1, 1, e, 1, f, 0, 0]), section(7, [1, 1, f, 0, 0])),
    ),
  );
}
