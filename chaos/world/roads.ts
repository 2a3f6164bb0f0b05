import { setDistance } from "../links/distance.ts";
import type { Link, Links, Stream, Toxic } from "../links/link.ts";

/** Who may stand at the near end of a road besides a region. */
export type Party = string;
/** The harness' clients and the router, as parties beside the regions. */
export const CLIENTS = "clients";
export const ROUTER = "router";
/** Whoever dials a region that was added later: its address is one for all. */
const ANYBODY = "peers";

/** One directed dial: `from` opens connections to `to` through `link`. */
interface Road {
  readonly from: Party;
  readonly to: string;
  readonly link: Link;
}

/** One direction of data on one road. */
interface Flow {
  readonly link: Link;
  readonly stream: Stream;
}

/**
 * Every road of a world, each through a link of its own: regions to regions by who dials whom, the router and the clients to each
 * region's doors. A fault names parties; which links and which of their streams that means is decided here. What `a` sends to `b` is
 * upstream on the roads a dials and downstream on those b dials.
 */
export class Roads {
  readonly #links: Links;
  readonly #prefix: string;
  readonly #roads: Road[] = [];
  readonly #spoiled = new Map<string, { readonly link: Link; readonly toxic: string }[]>();
  /** How many ask for a link to be closed: it opens when the last is gone. */
  readonly #closed = new Map<Link, Set<string>>();

  /** `prefix` keeps two worlds on one toxiproxy server apart. */
  constructor(links: Links, prefix: string) {
    this.#links = links;
    this.#prefix = prefix;
  }

  get kind(): string {
    return `${this.#links.kind} ${this.#links.version}`;
  }

  /** Builds a road and answers the address to dial. `what` tells several roads of one pair apart. */
  async build(from: Party, to: string, what: string, upstream: string, delayMs: number): Promise<string> {
    const link = await this.#links.open(`${this.#prefix}_${from}_to_${to}_${what}`, upstream);
    this.#roads.push({ from, to, link });
    if (delayMs > 0) await setDistance(link, delayMs);
    return link.address;
  }

  /** A road that is there already, made by somebody else. */
  adopt(from: Party, to: string, link: Link): void {
    this.#roads.push({ from, to, link });
  }

  /** A road for whoever dials a region that is added while others run. */
  buildForAnybody(to: string, what: string, upstream: string, delayMs: number): Promise<string> {
    return this.build(ANYBODY, to, what, upstream, delayMs);
  }

  /** Puts a toxic on all that `from` sends to `to`, under a name that `mend` takes. */
  async spoil(name: string, from: Party, to: Party, toxic: Toxic): Promise<void> {
    const done = this.#spoiled.get(name) ?? [];
    this.#spoiled.set(name, done);
    for (const { link, stream } of this.#flows(from, to)) {
      const toxicName = `${name}_${stream}_${done.length}`;
      await link.addToxic(toxicName, stream, toxic);
      done.push({ link, toxic: toxicName });
    }
  }

  /** Takes away all that was put there under this name. */
  async mend(name: string): Promise<void> {
    const done = this.#spoiled.get(name) ?? [];
    this.#spoiled.delete(name);
    for (const { link, toxic } of done) await link.removeToxic(toxic);
    for (const [link, names] of this.#closed) {
      if (names.delete(name) && names.size === 0) {
        this.#closed.delete(link);
        await link.setOpen(true);
      }
    }
  }

  /** Closes the roads between two parties, both ways, until `mend(name)`: connections end at once, new ones are refused. */
  async close(name: string, one: Party, other: Party): Promise<void> {
    for (const link of new Set(this.#flows(one, other).map((flow) => flow.link))) {
      const names = this.#closed.get(link) ?? new Set();
      this.#closed.set(link, names.add(name));
      if (names.size === 1) await link.setOpen(false);
    }
  }

  /** Everybody who has a road to or from `party`. */
  neighbours(party: Party): readonly Party[] {
    const found = new Set<Party>();
    for (const { from, to } of this.#roads) {
      if (from === party) found.add(to);
      if (to === party && from !== ANYBODY) found.add(from);
    }
    return [...found];
  }

  end(): Promise<void> {
    return this.#links.close();
  }

  #flows(from: Party, to: Party): readonly Flow[] {
    const dials = (road: Road, near: Party, far: Party): boolean =>
      road.to === far && (road.from === near || (road.from === ANYBODY && near !== CLIENTS && near !== ROUTER));
    return this.#roads.flatMap((road): readonly Flow[] => {
      if (dials(road, from, to)) return [{ link: road.link, stream: "upstream" }];
      if (dials(road, to, from)) return [{ link: road.link, stream: "downstream" }];
      return [];
    });
  }
}
