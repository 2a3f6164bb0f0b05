import type { BinaryString } from "../base/bytes.ts";
import type { OriginId, RegionName } from "../crdt/origin.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import { Calls, type Called } from "./calls.ts";
import type { ClockComparison } from "./clock-comparison.ts";
import { Dials } from "./dials.ts";
import type { HandshakeParty } from "./handshake.ts";
import { HoldBuffer } from "./hold-buffer.ts";
import { Intake } from "./intake.ts";
import { Identities } from "./identities.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { LinkEnd, LinkIdentity, Wire } from "./link.ts";
import type { SnapshotMessage } from "./message.ts";
import type { LinkEvents } from "./link-events.ts";
import { PeerLink } from "./peer-link.ts";
import { Outlook } from "./outlook.ts";
import { peerStatus, type PeerStatus } from "./peer-status.ts";
import { Progress } from "./progress.ts";
import type { Published } from "./published.ts";
import { Publisher, type PublishCounts } from "./publisher.ts";
import { RepeatedNews } from "./repeated-news.ts";
import type { ReplicatorPorts } from "./replicator-ports.ts";
import { Reports } from "./reports.ts";
import { Snapshots } from "./snapshots.ts";
import { Subscriptions } from "./subscriptions.ts";

export type { PeerStatus } from "./peer-status.ts";

/**
 * A region's half of the conversation with all its peers. Pure but for its ports: it is driven by `tick` (every few milliseconds
 * of real or virtual time), by what sockets report, and by durability; it never reads a clock or sets a timer. The simulator
 * drives many of these in one process, the node one over real sockets.
 *
 * Each region dials every peer. On a connection the dialler *subscribes* and the acceptor *provides*; reports go both ways. For
 * every region's batches one provider is chosen (`chooseProviders`), so that nobody is sent anything twice, and a region that
 * cannot be reached is heard of through another.
 */
export class Replicator implements LinkEvents<PeerLink> {
  readonly #replica: Replica;
  readonly #party: HandshakeParty;
  readonly #limits: ReplicationLimits;
  readonly #ports: ReplicatorPorts;
  readonly #held: HoldBuffer<PeerLink>;
  readonly #intake: Intake;
  readonly #links = new Set<PeerLink>();
  readonly #dials: Dials;
  readonly #identities = new Identities();
  /** Which incarnation of each region we have heard its own word of. */
  readonly #heardFrom = new Map<RegionName, OriginId>();
  readonly #progress = new Progress();
  readonly #subscriptions: Subscriptions;
  readonly #publisher: Publisher;
  readonly #snapshots: Snapshots;
  readonly #calls = new Calls();
  readonly outlook: Outlook;
  readonly #reports: Reports;
  readonly #strangerNews = new RepeatedNews();
  readonly #dialNews = new RepeatedNews();
  /** The latest time anybody told us: the end of a socket comes without one. */
  #nowMs = 0;
  #nextHeartbeatMs = 0;
  #tickedMs = 0;
  #stopped = false;

  constructor(replica: Replica, party: HandshakeParty, limits: ReplicationLimits, ports: ReplicatorPorts) {
    this.#replica = replica;
    this.#party = party;
    this.#limits = limits;
    this.#ports = ports;
    this.#held = new HoldBuffer(limits.heldBytesMax, limits.heldBatchesMax);
    this.#subscriptions = new Subscriptions(replica, party, limits, this.#held);
    this.#intake = new Intake(replica, this.#held, ports, (region) => this.#subscriptions.suspend(region, this.#nowMs));
    this.#dials = new Dials(party.peers, limits, ports.random);
    this.#publisher = new Publisher(limits.frameBytesMax);
    this.#snapshots = new Snapshots(replica, limits, ports);
    this.outlook = new Outlook(party, this.#links, this.#dials, this.#progress, this.#intake);
    this.#reports = new Reports(replica, limits, this.#links);
  }

  get held(): { readonly batches: number; readonly bytes: number } {
    return { batches: this.#held.count, bytes: this.#held.bytes };
  }

  get snapshots(): Pick<Snapshots, "outgoing" | "incomingFrom" | "sentBytes"> {
    return this.#snapshots;
  }

  // --- driven from outside ------------------------------------------------------------------------------------------

  /** Time passed. */
  tick(nowMs: number): void {
    if (this.#stopped) return;
    // Between two ticks nothing was read either: a long command ran, or nothing did (SIGSTOP).
    const deafMs = nowMs - this.#tickedMs;
    if (this.#tickedMs > 0 && deafMs > this.#limits.deafFromMs)
      for (const link of this.#links) link.wasDeaf(deafMs, nowMs);
    this.#tickedMs = nowMs;
    this.#nowMs = nowMs;
    const heartbeat = nowMs >= this.#nextHeartbeatMs;
    if (heartbeat) this.#nextHeartbeatMs = nowMs + this.#limits.heartbeatMs;
    for (const link of this.#links) link.tick(nowMs, heartbeat);
    for (const peer of this.#dials.due(nowMs)) this.#ports.dial(peer);
    if (heartbeat) {
      this.#subscriptions.isDue = true;
      this.#askAgain(nowMs);
      this.#reports.all();
    } else this.#reports.tick(nowMs);
    this.#subscriptions.update(this.#links, nowMs);
    this.#snapshots.tick(nowMs, this.#links, () => this.#subscriptions.regions());
    this.#progress.observe(this.#replica, nowMs);
  }

  dialSucceeded(peer: RegionName, wire: Wire, nowMs: number): PeerLink {
    this.#dials.heard(peer, nowMs);
    return this.#add(peer, wire, nowMs);
  }

  dialFailed(peer: RegionName, reason: string, nowMs: number): void {
    this.#redial(peer, { reason, retry: true }, nowMs);
  }

  accepted(wire: Wire, nowMs: number): PeerLink {
    return this.#add(null, wire, nowMs);
  }

  /** Connections from outside that have not finished their handshake. */
  get strangers(): number {
    let count = 0;
    for (const link of this.#links) if (link.dialled === null && !link.isOpen) count++;
    return count;
  }

  /** Something became durable here: peers may have it, and shall know of it. */
  durable(nowMs: number): void {
    for (const link of this.#links) link.provider?.wake();
    this.#reports.durable(nowMs);
  }

  /** Messages for the subscribers of every connected peer; at most once, and never waited for. */
  publish(messages: readonly Published[]): void {
    this.#publisher.publish(messages, this.#links);
  }

  /** Asks a peer; `called` is told what came of it, once. */
  call(region: RegionName, body: BinaryString, called: (called: Called) => void): void {
    this.#calls.ask(region, this.#links, body, called);
  }

  /** True when every peer that takes our own batches from us has said that it has them all durably. */
  get isDelivered(): boolean {
    const { region, incarnation } = this.#party;
    const issued = this.#replica.durableVector()[incarnation] ?? 0;
    return [...this.#links].every(
      (link) => !link.isOpen || !link.provider?.regions.includes(region) || (link.has?.[incarnation] ?? 0) >= issued,
    );
  }

  /** Tells every peer goodbye. */
  stop(reason: string): void {
    this.#stopped = true;
    for (const link of this.#links) link.end({ reason, retry: true });
    this.#snapshots.stop();
  }

  // --- for people -------------------------------------------------------------------------------------------------

  status(_nowMs: number): readonly PeerStatus[] {
    return this.#party.peers.map((peer) =>
      peerStatus(peer, [...this.#links], {
        provider: this.#subscriptions.providerOf(peer),
        progress: this.#progress.of(peer),
        needsSnapshot: this.#needsSnapshot(peer),
        lastError: this.#dials.lastError(peer),
      }),
    );
  }

  get publishCounts(): PublishCounts {
    return this.#publisher;
  }

  // --- events of links --------------------------------------------------------------------------------------------

  welcomed(link: PeerLink, nowMs: number): void {
    this.#dials.heard(link.dialled!, nowMs);
    this.#letGoOfOthers(link);
  }

  opened(link: PeerLink, peer: LinkIdentity): void {
    if (this.#party.cut.includes(peer.region)) {
      const reason = `region "${peer.region}" has left the database: what it issued after that is not merged, "antipode admin export-undelivered" shows it`;
      link.end({ reason, retry: false, code: "evicted" });
      return;
    }
    const meeting = this.#identities.meet(peer);
    if (meeting === "returned") {
      const reason = `two nodes call themselves region "${peer.region}": ${peer.incarnation} is back after its successor`;
      this.#ports.logger.error("two nodes under one name: the older one is refused, stop one of them", { ...peer });
      link.end({ reason, retry: false, code: "superseded" });
      return;
    }
    if (!this.#takesPlace(link, peer)) return;
    this.#subscriptions.isDue = true;
    this.#reports.greet(link);
    if (link.dialled === null) this.#dials.nudge(peer.region, this.#nowMs);
    else {
      this.#letGoOfOthers(link);
      this.#dials.opened(link.dialled, link.openSinceMs);
      this.#ports.logger.info("peer connected", { peer: link.dialled, incarnation: peer.incarnation });
    }
  }

  batch(link: PeerLink, bytes: Buffer): void {
    this.#intake.take(link, bytes);
  }

  batchesEnded(): void {
    this.#intake.release();
  }

  snapshot(link: PeerLink, message: SnapshotMessage, nowMs: number): void {
    this.#snapshots.heard(link, message, nowMs);
  }

  rows(link: PeerLink, payload: Buffer): void {
    this.#snapshots.rows(link, payload);
  }

  truncated(): void {
    this.#subscriptions.isDue = true;
  }

  report(link: PeerLink, report: MemberReport, nowMs: number): void {
    const { region } = report;
    if (region === this.#party.region) return;
    const isOwnWord = link.peer?.region === region;
    // What it says itself counts; what others pass on may be of before it lost its disk.
    if (!isOwnWord && [...this.#links].some((one) => one.isOpen && one.peer?.region === region)) return;
    const begins = isOwnWord && this.#heardFrom.get(region) !== link.peer.incarnation;
    if (isOwnWord) {
      this.#heardFrom.set(region, link.peer.incarnation);
      // It says so on one of two, on ours when its own is silent.
      for (const one of this.#links) {
        if (one.dialled === null && one.peer?.incarnation === link.peer.incarnation) one.heard(report.vector);
      }
      this.#snapshots.reported(report);
    }
    const word = isOwnWord ? (begins ? "first" : "own") : "passed-on";
    if (this.#progress.reported(report, word, nowMs, this.#replica)) this.#replica.reportMember(report, begins);
  }

  clock(link: PeerLink, comparison: ClockComparison): void {
    if (link.peer !== null) this.#ports.onClock?.(link.peer.region, comparison);
  }

  published(_link: PeerLink, messages: readonly Published[]): void {
    this.#publisher.received += messages.length;
    this.#ports.onPublished?.(messages);
  }

  asked(link: PeerLink, id: number, body: BinaryString): void {
    const region = link.peer?.region;
    if (region === undefined) return;
    this.#ports.onCall?.(region, body, (answer) => link.sendCall("answer", id, answer));
  }

  answered(link: PeerLink, id: number, body: BinaryString): void {
    this.#calls.answered(link, id, body);
  }

  ended(link: PeerLink, end: LinkEnd): void {
    // One that was let go: nobody waits for it.
    if (!this.#links.delete(link)) return;
    this.#calls.ended(link);
    this.#snapshots.ended(link);
    this.#subscriptions.isDue = true;
    const peer = link.dialled ?? link.peer?.region ?? null;
    this.#ports.onLinkEnded?.(peer, end);
    // Who never got through comes again and again, each time with the same.
    const isNews =
      link.dialled === null
        ? this.#strangerNews.isNews(String(peer), end.reason, this.#nowMs)
        : this.#redial(link.dialled, end, this.#nowMs);
    if (isNews || link.wasOpen)
      this.#ports.logger.warn("link closed", { peer, dialled: link.dialled !== null, reason: end.reason });
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  #needsSnapshot(peer: RegionName): boolean {
    const report = this.#replica.memberReports().find(({ region }) => region === peer);
    return report !== undefined && !this.#canServe(report);
  }

  #canServe({ vector }: MemberReport): boolean {
    return this.#replica.cursorFor({ has: vector, beyond: {} }, this.#subscriptions.regions()) !== null;
  }

  #add(dialled: RegionName | null, wire: Wire, nowMs: number): PeerLink {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const link = new PeerLink({
      dialled,
      party: this.#party,
      replica: this.#replica,
      wire,
      limits: this.#limits,
      events: this,
      nonce: this.#ports.nonce(),
      nowMs,
    });
    this.#links.add(link);
    // A connection that was under way when we stopped.
    if (this.#stopped) link.end({ reason: "the region stops", retry: true });
    return link;
  }

  /** [DL3] */
  #letGoOfOthers(link: PeerLink): void {
    const peer = link.dialled!;
    for (const other of this.#links) {
      if (other === link || other.dialled !== peer || other.isOpen) continue;
      this.#links.delete(other);
      other.end({ reason: "another connection was faster", retry: true });
    }
    this.#ports.hangUp(peer);
    this.#dials.letGo(peer);
  }

  /**
   * A peer that comes again has lost its old connection, whether our side of it knows or not; and a new incarnation has lost all
   * of the old one's, in both directions. What was begun later is what the peer holds on to: an earlier connection whose proof comes
   * late is one that it has let go [DL3]. False when `link` is that.
   */
  #takesPlace(link: PeerLink, { region, incarnation }: LinkIdentity): boolean {
    let isLater = false;
    // In the order in which they were begun.
    for (const other of this.#links) {
      if (other === link) isLater = true;
      if (other === link || !other.isOpen || other.peer?.region !== region) continue;
      const sameDirection = (other.dialled === null) === (link.dialled === null);
      if (other.peer.incarnation !== incarnation)
        other.end({ reason: "a newer incarnation took its place", retry: true });
      else if (sameDirection && isLater) {
        link.end({ reason: "a newer connection took its place", retry: true });
        return false;
      } else if (sameDirection) other.end({ reason: "a newer connection took its place", retry: true });
    }
    return true;
  }

  /** True when it is not the same failure as last time, or was not said for a minute. */
  #redial(peer: RegionName, end: LinkEnd, nowMs: number): boolean {
    const { waitMs, isNews: isNew } = this.#dials.ended(peer, end, nowMs);
    const isNews = this.#dialNews.isNews(peer, end.reason, nowMs) || isNew;
    if (isNews) this.#ports.logger.info("peer not connected", { peer, reason: end.reason, again: `${waitMs} ms` });
    return isNews;
  }

  /** A stream that owes something and is silent is asked for again, from what is here on. */
  #askAgain(nowMs: number): void {
    for (const region of this.#progress.stalled(nowMs, this.#limits.askAgainAfterMs)) {
      const provider = this.#subscriptions.providerOf(region);
      // Over a link that brings nothing at all, asking helps nothing: it is the link that is waited for.
      const link = [...this.#links].find(({ dialled, isOpen }) => isOpen && dialled === provider);
      if (link === undefined || link.isSilent(nowMs)) continue;
      if (provider === null || !this.#subscriptions.suspend(region, nowMs)) continue;
      this.#ports.logger.warn("a stream owes batches and is silent: it is asked for again", { region, provider });
    }
  }
}
