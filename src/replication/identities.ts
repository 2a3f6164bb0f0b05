import type { OriginId, RegionName } from "../crdt/origin.ts";
import type { LinkIdentity } from "./link.ts";

/** Incarnations remembered per region after they were succeeded: a second node under one name is seen at once or not at all. */
const SUCCEEDED_MAX = 16;

/**
 * [HS6] Two nodes under one name. A restart brings a new incarnation, and the old one is never heard of again: its process is
 * gone, though our side of its connection may not know. So a new incarnation always takes the region over. If the one it
 * succeeded comes back after that, both are alive: a copied directory, a container started twice. It is refused, and said loudly.
 * Nothing diverges meanwhile, because the two never issue the same dot.
 */
export class Identities {
  readonly #regions = new Map<RegionName, { current: OriginId; readonly succeeded: OriginId[] }>();

  /** Meets a peer that has proved the secret. `returned`: its successor has been met before. */
  meet({ region, incarnation }: LinkIdentity): "first" | "known" | "successor" | "returned" {
    const known = this.#regions.get(region);
    if (known === undefined) {
      this.#regions.set(region, { current: incarnation, succeeded: [] });
      return "first";
    }
    if (known.current === incarnation) return "known";
    if (known.succeeded.includes(incarnation)) return "returned";
    known.succeeded.push(known.current);
    if (known.succeeded.length > SUCCEEDED_MAX) known.succeeded.shift();
    known.current = incarnation;
    return "successor";
  }
}
