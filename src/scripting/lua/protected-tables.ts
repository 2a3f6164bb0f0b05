import { BareFault, LUA, LuaFault, REGISTRY, type HostFunction, type LuaStack } from "./lua-stack.ts";

const READ_ONLY = "Attempt to modify a readonly table";

/**
 * Tables that scripts see and cannot change. Redis patches Lua for it; here a script gets an empty table that reads through to
 * the real one and refuses every write, and the few functions of Lua that go past metatables are wrapped so that they know it.
 * The real tables are reachable from this side alone.
 */
export class ProtectedTables {
  readonly #stack: LuaStack;
  /** The real table's reference in the registry, by the address of what stands for it. Neither is ever collected. */
  readonly #real = new Map<number, number>();
  readonly #refuseWrite: number;

  constructor(stack: LuaStack) {
    this.#stack = stack;
    this.#refuseWrite = stack.functionPointer(() => {
      throw new LuaFault(READ_ONLY);
    });
  }

  /**
   * Pops a table and pushes what stands for it. `metatable`: pushes what getmetatable answers of it (a protected table).
   * Returns the reference of the real table.
   */
  protect(state: number, metatable?: () => void): number {
    const { api } = this.#stack;
    const reference = api.luaL_ref(state, REGISTRY);
    this.#stack.newTable(state);
    this.#stack.newTable(state);
    api.lua_rawgeti(state, REGISTRY, reference);
    this.#stack.setField(state, -2, "__index");
    api.lua_pushcclosure(state, this.#refuseWrite, 0);
    this.#stack.setField(state, -2, "__newindex");
    if (metatable === undefined) api.lua_pushboolean(state, 0);
    else metatable();
    this.#stack.setField(state, -2, "__metatable");
    api.lua_setmetatable(state, -2);
    this.#real.set(api.lua_topointer(state, -1), reference);
    return reference;
  }

  isProtected(state: number, index: number): boolean {
    const { api } = this.#stack;
    return api.lua_type(state, index) === LUA.table && this.#real.has(api.lua_topointer(state, index));
  }

  /** Replaces a protected table on the stack by the real one, for reading. */
  unwrap(state: number, index: number): void {
    const { api } = this.#stack;
    if (api.lua_type(state, index) !== LUA.table) return;
    const reference = this.#real.get(api.lua_topointer(state, index));
    if (reference === undefined) return;
    api.lua_rawgeti(state, REGISTRY, reference);
    api.lua_replace(state, index);
  }

  /** A C function of Lua, refused when its first argument is protected. */
  refusing(pointer: number): HostFunction {
    const original = this.#stack.machine.functionAt(pointer);
    return (state) => {
      if (this.isProtected(state, 1)) throw new BareFault(READ_ONLY);
      return original(state);
    };
  }

  /** A C function of Lua that reads its first argument past metatables. */
  reading(pointer: number): HostFunction {
    const original = this.#stack.machine.functionAt(pointer);
    return (state) => {
      this.unwrap(state, 1);
      return original(state);
    };
  }
}
