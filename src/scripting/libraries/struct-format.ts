import { LuaFault } from "../lua/lua-stack.ts";

/** Reads a format of the struct library, one item at a time, with sizes, alignment and byte order as 64-bit C has them. */

const NATIVE_ALIGN_MAX = 8;
const INTEGER_BYTES_MAX = 32;
const INT_MAX = 0x7fff_ffff;
const FIXED: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };

export class StructFormat {
  readonly #format: string;
  readonly #invalid: (reason: string) => never;
  #at = 0;
  #align = 1;
  littleEndian = true;
  option = "";
  /** Bytes of the item; 0: a control option, a string, or `c0`. */
  size = 0;

  constructor(format: string, invalid: (reason: string) => never) {
    const end = format.indexOf("\0");
    this.#format = end < 0 ? format : format.slice(0, end);
    this.#invalid = invalid;
  }

  /** Moves to the next item; false at the end. */
  next(): boolean {
    const option = this.#format[this.#at++];
    if (option === undefined) return false;
    this.option = option;
    this.size = FIXED[option] ?? 0;
    if (option === "c") this.size = this.#number(1);
    if (option === "i" || option === "I") {
      this.size = this.#number(4);
      if (this.size > INTEGER_BYTES_MAX) {
        throw new LuaFault(`integral size ${this.size} is larger than limit of ${INTEGER_BYTES_MAX}`);
      }
    }
    return true;
  }

  /** Bytes of padding before an item at `offset`. */
  padding(offset: number): number {
    if (this.size === 0 || this.option === "c") return 0;
    const size = Math.min(this.size, this.#align);
    return (size - (offset & (size - 1))) & (size - 1);
  }

  /** Acts on an option that is no item. */
  control(): void {
    switch (this.option) {
      case " ":
        return;
      case ">":
        this.littleEndian = false;
        return;
      case "<":
        this.littleEndian = true;
        return;
      case "!": {
        const align = this.#number(NATIVE_ALIGN_MAX);
        if (align <= 0 || (align & (align - 1)) !== 0) throw new LuaFault(`alignment ${align} is not a power of 2`);
        this.#align = align;
        return;
      }
      default:
        this.#invalid(`invalid format option '${this.option}'`);
    }
  }

  #number(fallback: number): number {
    let digits = 0;
    let value = 0;
    for (;;) {
      const code = this.#format.charCodeAt(this.#at) - 48;
      if (!(code >= 0 && code <= 9)) return digits === 0 ? fallback : value;
      value = value * 10 + code;
      if (value > INT_MAX) throw new LuaFault("integral size overflow");
      digits++;
      this.#at++;
    }
  }
}
