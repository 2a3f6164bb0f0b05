import type { SecureContextOptions } from "node:tls";
import { Agent, request } from "undici";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { errorText } from "./prober.ts";
import { readToldList } from "./region-directory.ts";
import type { RegionDirectory } from "./region-directory.ts";

/**
 * Keeps the directory in step with the regions: asks the seeds and every region that is known for `GET /regions`, again and again, all of
 * them, so that one that is cut off and has not heard of a change does not keep it from the router.
 */
export interface FollowerOptions {
  /** REST addresses of regions to begin with. */
  readonly seeds: readonly string[];
  readonly directory: RegionDirectory;
  readonly limits: FollowLimits;
  /** Authorities and our own certificate, where addresses are https. */
  readonly tls: SecureContextOptions;
  readonly random: Random;
  readonly logger: Logger;
  /** Called after answers that may have changed the directory. */
  readonly onTold: () => void;
}

export interface FollowLimits {
  /** Pause between two rounds, less or more by `jitterShare` of it. */
  readonly intervalMs: number;
  readonly jitterShare: number;
  /** A whole answer must be here within this. */
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
}

export const FOLLOW_LIMITS: FollowLimits = {
  intervalMs: 2000,
  jitterShare: 0.2,
  timeoutMs: 1500,
  bodyBytesMax: 256 * 1024,
};

export class RegionFollower {
  readonly #options: FollowerOptions;
  readonly #agent: Agent;
  #seeds: readonly string[];
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  /** Why an address could not be asked, as it was logged: a change is told once. */
  readonly #failures = new Map<string, string>();
  #unusable = "";

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#agent = new Agent({ connect: { ...options.tls, timeout: options.limits.timeoutMs } });
    this.#seeds = options.seeds;
  }

  follow(seeds: readonly string[]): void {
    this.#seeds = seeds;
  }

  /** One round now, then others for as long as it lives. Never rejects. */
  async start(): Promise<void> {
    await this.round();
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    void this.#agent.destroy();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async round(): Promise<void> {
    const { directory } = this.#options;
    const known = this.#seeds.length === 0 ? [] : directory.regions().map(({ restUrl }) => restUrl);
    const urls = [...new Set([...this.#seeds, ...known])];
    await Promise.all(urls.map((url) => this.#ask(url)));
    if (this.#closed) return;
    this.#tellUnusable();
    this.#options.onTold();
  }

  #arm(): void {
    if (this.#closed) return;
    const { limits, random } = this.#options;
    const delayMs = limits.intervalMs * (1 + limits.jitterShare * (2 * random.next() - 1));
    this.#timer = setTimeout(() => void this.start(), delayMs);
  }

  async #ask(url: string): Promise<void> {
    const { directory, limits, logger } = this.#options;
    try {
      const list = readToldList(await fetchText(`${url}/regions`, limits, this.#agent));
      if (list === null) throw new Error("GET /regions is not answered as a region does");
      directory.told(list);
      if (this.#failures.delete(url)) logger.info("region tells of the others again", { url });
    } catch (error) {
      const reason = error instanceof Error ? errorText(error) : String(error);
      if (this.#closed || this.#failures.get(url) === reason) return;
      this.#failures.set(url, reason);
      logger.warn("region does not tell of the others", { url, reason });
    }
  }

  #tellUnusable(): void {
    const names = this.#options.directory.unusable().join(", ");
    if (names !== "" && names !== this.#unusable) {
      this.#options.logger.warn("members that announce no REST address are not used: --public-rest", {
        regions: names,
      });
    }
    this.#unusable = names;
  }
}

async function fetchText(url: string, limits: FollowLimits, dispatcher: Agent): Promise<string> {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const { statusCode, body } = await request(url, { dispatcher, signal, headers: { accept: "application/json" } });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limits.bodyBytesMax) throw new Error(`GET /regions answered more than ${limits.bodyBytesMax} bytes`);
    chunks.push(chunk);
  }
  if (statusCode !== 200) throw new Error(`GET /regions answered ${statusCode}`);
  return Buffer.concat(chunks).toString("utf8");
}
