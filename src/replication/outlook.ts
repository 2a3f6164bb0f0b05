import type { RegionName } from "../crdt/origin.ts";
import type { Dials } from "./dials.ts";
import type { HandshakeParty } from "./handshake.ts";
import type { Intake } from "./intake.ts";
import type { PeerLink } from "./peer-link.ts";
import type { Progress } from "./progress.ts";

/** What a region can say of the others: whom it reaches, whom it has heard, and how much of them is here. */
export class Outlook {
  readonly #party: HandshakeParty;
  readonly #links: ReadonlySet<PeerLink>;
  readonly #dials: Dials;
  readonly #progress: Progress;
  readonly #intake: Intake;

  constructor(party: HandshakeParty, links: ReadonlySet<PeerLink>, dials: Dials, progress: Progress, intake: Intake) {
    this.#party = party;
    this.#links = links;
    this.#dials = dials;
    this.#progress = progress;
    this.#intake = intake;
  }

  /** True when all that anyone had when first heard is here, and what came since comes without delay. */
  get caughtUp(): boolean {
    return this.#progress.caughtUp;
  }

  /** Batches that earlier incarnations of ours issued, that peers have and we do not: our directory is old, or was emptied or cut. */
  get ownMissing(): number {
    return this.#progress.missingOf(this.#party.region, this.#intake.applied);
  }

  /** Peers whose word we have heard since the start. */
  get heardFrom(): number {
    return this.#progress.heardFrom;
  }

  /** Each peer has said what it has and what its clock says, or cannot be reached. */
  get isAnswered(): boolean {
    const answered = new Set([...this.#links].filter((link) => link.hasAnswered).map((link) => link.peer?.region));
    return this.#party.peers.every(
      (peer) => (this.#progress.hasHeard(peer) && answered.has(peer)) || this.#dials.hasFailed(peer),
    );
  }

  /** No peer is connected, and each has been tried. */
  get isAlone(): boolean {
    return this.#party.peers.every((peer) => this.#dials.hasFailed(peer));
  }

  /** A peer answers, and we are no member to it. */
  get isRefused(): boolean {
    return this.#dials.isRefused;
  }

  /**
   * Regions that have answered what we asked at that time or later, so had not given us up then. An open link says less: after a
   * pause of our own process it is one that we have not looked at yet.
   */
  answeringSince(sinceMs: number): readonly RegionName[] {
    return [...this.#links]
      .filter((link) => link.isOpen && link.answeredAtMs >= sinceMs)
      .map((link) => link.peer!.region);
  }

  /** Regions with an open link, from either side. */
  get linked(): readonly RegionName[] {
    return [...this.#links].filter((link) => link.isOpen).map((link) => link.peer!.region);
  }
}
