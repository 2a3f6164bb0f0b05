import { seededRandom, type Random } from "../../src/base/random.ts";
import { BuiltInLink } from "./built-in-link.ts";
import { checkLinkName, LinkError, type Link, type Links } from "./link.ts";

/** The proxy that needs nothing but Node: stands in where no toxiproxy server can be had. Jitter is drawn from `seed`. */
export class BuiltInLinks implements Links {
  readonly kind = "built-in";
  readonly version = `node ${process.versions.node}`;
  readonly #links = new Map<string, Link>();
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  async open(name: string, upstream: string): Promise<Link> {
    checkLinkName(name);
    if (this.#links.has(name)) throw new LinkError(`there is a link named ${name} already`);
    const link = await BuiltInLink.open(name, upstream, this.#random);
    this.#links.set(name, link);
    return link;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.remove()));
    this.#links.clear();
  }
}
