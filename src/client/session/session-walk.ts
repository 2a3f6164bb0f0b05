import type { JsonObject } from "./json.ts";
import type { RegionWords } from "./region-words.ts";
import type { SessionSettings } from "./session-options.ts";
import { withMovingEnd } from "./time-to-live.ts";

/** All sessions, a few at a time. What comes or goes meanwhile may be met or missed, as SCAN has it. */
export class SessionWalk {
  readonly #settings: SessionSettings;
  readonly #words: RegionWords;

  constructor(settings: SessionSettings, words: RegionWords) {
    this.#settings = settings;
    this.#words = words;
  }

  async ids(): Promise<readonly string[]> {
    return (await this.#keys()).map((key) => key.slice(this.#settings.prefix.length));
  }

  async all(): Promise<readonly (JsonObject & { readonly id: string })[]> {
    const { layout, prefix, scanCount, disableTTL } = this.#settings;
    const keys = await this.#keys();
    const found: (JsonObject & { readonly id: string })[] = [];
    for (let at = 0; at < keys.length; at += scanCount) {
      const some = keys.slice(at, at + scanCount);
      const commands = some.flatMap((key) => [layout.load(key), ["PTTL", key]]);
      const replies = await this.#words.read(commands);
      for (const [index, key] of some.entries()) {
        const stored = layout.read(replies[2 * index]);
        if (stored === null) continue;
        const leftMs = disableTTL ? 0 : Number(replies[2 * index + 1]);
        found.push({ ...withMovingEnd(stored.data, leftMs, Date.now()), id: key.slice(prefix.length) });
      }
    }
    return found;
  }

  async clear(): Promise<void> {
    const { scanCount } = this.#settings;
    const keys = await this.#keys();
    for (let at = 0; at < keys.length; at += scanCount) {
      await this.#words.write(["DEL", ...keys.slice(at, at + scanCount)]);
    }
  }

  async #keys(): Promise<readonly string[]> {
    const { prefix, scanCount } = this.#settings;
    const pattern = `${prefix.replaceAll(/[*?[\]\\]/gu, (character) => `\\${character}`)}*`;
    const keys = new Set<string>();
    let cursor = "0";
    do {
      const [reply] = await this.#words.read([["SCAN", cursor, "MATCH", pattern, "COUNT", String(scanCount)]]);
      const [next, some] = reply as readonly [unknown, readonly unknown[]];
      for (const key of some) keys.add(String(key));
      cursor = String(next);
    } while (cursor !== "0");
    return [...keys];
  }
}
