import { passing } from "../base/crash-points.ts";
import type { RegionName } from "../crdt/origin.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { PeerLink } from "./peer-link.ts";

/** With more peers than these reports are further apart, so that a region says as many in a second as with these. */
const PEERS_AT_FULL_PACE = 2;

/**
 * When peers are told who has what: soon after something became durable, not for each time, and all that is known now and then. A pair
 * of regions has two links: what became durable is said on one of them, all that is known on both.
 */
export class Reports {
  readonly #replica: Replica;
  readonly #limits: ReplicationLimits;
  readonly #links: ReadonlySet<PeerLink>;
  #nextOwnMs = 0;
  #isOwnDue = false;

  constructor(replica: Replica, limits: ReplicationLimits, links: ReadonlySet<PeerLink>) {
    this.#replica = replica;
    this.#limits = limits;
    this.#links = links;
  }

  /** Something became durable. */
  durable(nowMs: number): void {
    this.#isOwnDue = true;
    this.tick(nowMs);
  }

  tick(nowMs: number): void {
    if (!this.#isOwnDue || nowMs < this.#nextOwnMs) return;
    this.#isOwnDue = false;
    const links = this.#oneEach(nowMs);
    // An entry a region to each peer each time: without this, what is said grows with the cube of the regions in a mesh.
    this.#nextOwnMs = nowMs + this.#limits.reportEveryMs * Math.max(1, links.length / PEERS_AT_FULL_PACE);
    this.#say(this.#replica.memberReports().slice(0, 1), links);
  }

  /** What we know of others goes along: A learns of C through B. */
  all(): void {
    this.#say(this.#replica.memberReports(), [...this.#links]);
  }

  /** To a link that has just opened. One message a report: a vector with many incarnations is large enough by itself. */
  greet(link: PeerLink): void {
    for (const report of this.#replica.memberReports()) link.say({ say: "report", reports: [report] });
  }

  /** Of each peer the link that speaks; of two the one we dialled: no batches of ours are before a report there. */
  #oneEach(nowMs: number): readonly PeerLink[] {
    const chosen = new Map<RegionName, PeerLink>();
    for (const link of this.#links) {
      if (!link.isOpen || link.peer === null) continue;
      const other = chosen.get(link.peer.region);
      if (other === undefined || rankOf(link, nowMs) > rankOf(other, nowMs)) chosen.set(link.peer.region, link);
    }
    return [...chosen.values()];
  }

  #say(reports: readonly MemberReport[], links: readonly PeerLink[]): void {
    passing("report-before-send");
    for (const link of links) {
      for (const report of reports) if (link.isOpen) link.say({ say: "report", reports: [report] });
    }
    passing("report-sent");
  }
}

function rankOf(link: PeerLink, nowMs: number): number {
  return (link.isSilent(nowMs) ? 0 : 2) + (link.dialled === null ? 0 : 1);
}
