import { regionOfOrigin, type RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { Replica } from "../keyspace/replica-port.ts";
import type { HandshakeParty } from "./handshake.ts";
import type { HoldBuffer } from "./hold-buffer.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { PeerLink } from "./peer-link.ts";
import { chooseProviders, type Choice } from "./provider-choice.ts";
import { Suspensions } from "./suspensions.ts";

/**
 * What is asked of whom. Looks again when something has changed (`isDue`), and speaks only on links whose part has changed: a
 * subscription that stays is a stream that goes on.
 */
export class Subscriptions {
  readonly #replica: Replica;
  readonly #party: HandshakeParty;
  readonly #limits: ReplicationLimits;
  readonly #held: HoldBuffer<PeerLink>;
  readonly #suspensions = new Suspensions();
  #providers: ReadonlyMap<RegionName, Choice> = new Map();
  isDue = true;

  constructor(replica: Replica, party: HandshakeParty, limits: ReplicationLimits, held: HoldBuffer<PeerLink>) {
    this.#replica = replica;
    this.#party = party;
    this.#limits = limits;
    this.#held = held;
  }

  /** The peer a region's batches are taken from at present. */
  providerOf(region: RegionName): RegionName | null {
    return this.#providers.get(region)?.peer ?? null;
  }

  /** A region's stream is left out for a while, then taken up from what is here. False when it was left out already. */
  suspend(region: RegionName, nowMs: number): boolean {
    const suspended = this.#suspensions.suspend(region, nowMs);
    this.isDue ||= suspended;
    return suspended;
  }

  /** Chooses anew when that is due, among the open links that we dialled. */
  update(links: Iterable<PeerLink>, nowMs: number): void {
    if (this.#suspensions.lift(nowMs, this.#held.hasRoom)) this.isDue = true;
    if (!this.isDue) return;
    this.isDue = false;
    const open = [...links].filter((link) => link.dialled !== null && link.isOpen);
    this.#providers = chooseProviders(this.regions(), {
      candidates: open.map((link) => ({
        peer: link.dialled!,
        has: link.has,
        rttMs: link.rttMs,
        openSinceMs: link.openSinceMs,
        isSilent: link.isSilent(nowMs),
        lacksLogOf: (region) => link.lacksLogOf(region, nowMs),
      })),
      present: this.#providers,
      applied: (origin) => this.#replica.sequenceOf(origin),
      nowMs,
      limits: this.#limits,
    });
    for (const link of open) {
      const wanted = [...this.#providers]
        .filter(([region, { peer }]) => peer === link.dialled && !this.#suspensions.has(region))
        .map(([region]) => region)
        .toSorted();
      if (wanted.join() !== link.subscribedRegions.join())
        link.subscribe(wanted, this.#replica.vector(), this.#heldBeyond());
    }
  }

  /** Every region that anybody has spoken of. Our own among them: peers may have what an earlier disk of ours lost. */
  regions(): ReadonlySet<RegionName> {
    const regions = new Set<RegionName>([...this.#party.peers, this.#party.region]);
    for (const report of this.#replica.memberReports()) {
      for (const origin of Object.keys(report.vector)) regions.add(regionOfOrigin(origin));
    }
    return regions;
  }

  /** What is held behind what is applied has not to be sent again. It says nothing of what it waits for. */
  #heldBeyond(): NamedVector {
    const held = [...this.#held.tails()].filter(([origin, sequence]) => sequence > this.#replica.sequenceOf(origin));
    return Object.fromEntries(held);
  }
}
