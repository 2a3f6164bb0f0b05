import { BlockList, isIP } from "node:net";

/**
 * Addresses that an operator named: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`. An IPv4 address is found however it is written, also as a
 * socket that serves both families writes it (`::ffff:10.0.0.1`).
 */
export class AddressRanges {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** Throws RangeError with what is wrong with the first range that is none. */
  constructor(ranges: readonly string[]) {
    this.#isEmpty = ranges.length === 0;
    for (const range of ranges) {
      const [address = "", bits, ...rest] = range.split("/");
      const family = isIP(address);
      const width = family === 4 ? 32 : 128;
      if (
        family === 0 ||
        rest.length > 0 ||
        (bits !== undefined && !(/^\d{1,3}$/u.test(bits) && Number(bits) <= width))
      ) {
        throw new RangeError(`"${range}" is neither an address nor a range such as 10.0.0.0/8`);
      }
      this.#list.addSubnet(address, bits === undefined ? width : Number(bits), family === 4 ? "ipv4" : "ipv6");
    }
  }

  contains(address: string | undefined): boolean {
    if (this.#isEmpty || address === undefined) return false;
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 4 ? "ipv4" : "ipv6");
  }
}

export const NO_ADDRESSES = new AddressRanges([]);

/** An IPv4 address without the prefix of a socket that serves both families. */
export function plainAddress(address: string): string {
  const match = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address);
  return match === null ? address : match[1]!;
}
