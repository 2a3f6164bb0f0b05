import { passing } from "../base/crash-points.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { PeerLink } from "./peer-link.ts";

/** With more peers than these reports are further apart, so that a region says as many in a second as with these. */
const PEERS_AT_FULL_PACE = 2;

/** When peers are told who has what: soon after something became durable, not for each time, and all that is known now and then. */
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
    // An entry a region to each peer each time: without this, what is said grows with the cube of the regions in a mesh.
    this.#nextOwnMs = nowMs + this.#limits.reportEveryMs * Math.max(1, this.#peers() / PEERS_AT_FULL_PACE);
    this.#say(this.#replica.memberReports().slice(0, 1));
  }

  /** What we know of others goes along: A learns of C through B. */
  all(): void {
    this.#say(this.#replica.memberReports());
  }

  /** To a link that has just opened. One message a report: a vector with many incarnations is large enough by itself. */
  greet(link: PeerLink): void {
    for (const report of this.#replica.memberReports()) link.say({ say: "report", reports: [report] });
  }

  /** Regions with an open link; a pair may have two. */
  #peers(): number {
    const regions = new Set<string>();
    for (const link of this.#links) if (link.isOpen && link.peer !== null) regions.add(link.peer.region);
    return regions.size;
  }

  #say(reports: readonly MemberReport[]): void {
    passing("report-before-send");
    for (const link of this.#links) {
      for (const report of reports) if (link.isOpen) link.say({ say: "report", reports: [report] });
    }
    passing("report-sent");
  }
}
