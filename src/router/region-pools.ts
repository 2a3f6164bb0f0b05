import type { SecureContextOptions } from "node:tls";
import { Pool } from "undici";
import type { RouterLimits } from "./limits.ts";
import type { RegionAddress } from "./region-flag.ts";

/** Connections to the regions' REST addresses, one pool each. A pool of a region that is taken out ends with its last request. */
export class RegionPools {
  readonly #limits: RouterLimits;
  readonly #tls: SecureContextOptions;
  readonly #pools = new Map<string, { readonly url: string; readonly pool: Pool }>();

  /** `tls`: authorities and our own certificate, where addresses are https. */
  constructor(limits: RouterLimits, tls: SecureContextOptions) {
    this.#limits = limits;
    this.#tls = tls;
  }

  get(region: string): Pool | undefined {
    return this.#pools.get(region)?.pool;
  }

  setRegions(regions: readonly RegionAddress[]): void {
    const urls = new Map(regions.map(({ name, restUrl }) => [name, restUrl]));
    for (const [name, { url, pool }] of this.#pools) {
      if (urls.get(name) === url) continue;
      this.#pools.delete(name);
      pool.close().catch(() => {});
    }
    for (const [name, url] of urls) if (!this.#pools.has(name)) this.#pools.set(name, { url, pool: this.#open(url) });
  }

  async destroy(): Promise<void> {
    await Promise.all(Array.from(this.#pools.values(), ({ pool }) => pool.destroy()));
  }

  /** As many connections as there are requests in flight, whose number is bounded where they are begun. */
  #open(restUrl: string): Pool {
    const { http } = this.#limits;
    return new Pool(restUrl, {
      connections: null,
      pipelining: 1,
      maxHeaderSize: http.headerBytesMax,
      connect: { ...this.#tls, timeout: http.connectTimeoutMs },
    });
  }
}
