import { backoffMs } from "../base/backoff.ts";
import type { Logger } from "../base/logger.ts";
import type { Random } from "../base/random.ts";
import { regionOfOrigin, type RegionName } from "../crdt/origin.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import type { HandshakeParty } from "./handshake.ts";
import { HoldBuffer } from "./hold-buffer.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { LinkEnd, Wire } from "./link.ts";
import { PeerLink, type LinkEvents } from "./peer-link.ts";
import { Progress, type PeerProgress } from "./progress.ts";
import { chooseProviders } from "./provider-choice.ts";

/** What the replicator asks of the world. */
export interface ReplicatorPorts {
  /** Open a connection to the peer; `dialSucceeded` or `dialFailed` follows. */
  dial(peer: RegionName): void;
  /** A fresh random text for a handshake. */
  nonce(): string;
  readonly random: Random;
  readonly logger: Logger;
  onBatchApplied?(region: RegionName, stamp: number): void;
  onLinkEnded?(peer: RegionName | null, reason: string): void;
}

/** Dialling again after a refusal that only a person can mend. */
const REFUSED_REDIAL_MS = 30_000;

/**
 * A region's half of the conversation with all its peers. Pure but for its ports: it is driven by `tick` (every few milliseconds
 * of real or virtual time), by what sockets report, and by durability; it never reads a clock or sets a timer. The simulator
 * drives many of these in one process, the node one over real sockets.
 *
 * Each region dials every peer. On a connection the dialler *subscribes* and the acceptor *provides*; reports go both ways. For
 * every region's batches one provider is chosen (`chooseProviders`), so that nobody is sent anything twice, and a region that
 * cannot be reached is heard of through another.
 */
export class Replicator implements LinkEvents {
  readonly #replica: Replica;
  readonly #party: HandshakeParty;
  readonly #limits: ReplicationLimits;
  readonly #ports: ReplicatorPorts;
  readonly #held: HoldBuffer;
  readonly #links = new Set<PeerLink>();
  readonly #dials = new Map<RegionName, DialState>();
  readonly #progress = new Progress();
  #providers = new Map<RegionName, RegionName>();
  #choiceDue = true;
  #resubscribe = new Set<PeerLink>();
  #nextHeartbeatMs = 0;
  #nextReportMs = 0;
  #reportDue = false;
  #stopped = false;

  constructor(replica: Replica, party: HandshakeParty, limits: ReplicationLimits, ports: ReplicatorPorts) {
    this.#replica = replica;
    this.#party = party;
    this.#limits = limits;
    this.#ports = ports;
    this.#held = new HoldBuffer(limits.heldBytesMax);
    for (const peer of party.peers) this.#dials.set(peer, { kind: "waiting", atMs: 0, attempt: 0, lastError: null });
  }

  get heldBatches(): number {
    return this.#held.count;
  }

  // --- driven from outside ------------------------------------------------------------------------------------------

  /** Time passed. Answers in how many milliseconds the next tick is useful. */
  tick(nowMs: number): void {
    if (this.#stopped) return;
    const heartbeat = nowMs >= this.#nextHeartbeatMs;
    if (heartbeat) this.#nextHeartbeatMs = nowMs + this.#limits.heartbeatMs;
    for (const link of this.#links) link.tick(nowMs, heartbeat);
    for (const [peer, dial] of this.#dials) {
      if (dial.kind !== "waiting" || nowMs < dial.atMs) continue;
      this.#dials.set(peer, { kind: "dialling", attempt: dial.attempt, lastError: dial.lastError });
      this.#ports.dial(peer);
    }
    if (heartbeat) {
      this.#choiceDue = true;
      this.#askAgain(nowMs);
      this.#reportAll();
    } else if (this.#reportDue && nowMs >= this.#nextReportMs) this.#reportOwn(nowMs);
    if (this.#choiceDue || this.#resubscribe.size > 0) this.#choose();
    this.#progress.observe(this.#replica, nowMs);
  }

  dialSucceeded(peer: RegionName, wire: Wire, nowMs: number): PeerLink {
    const dial = this.#dials.get(peer)!;
    this.#dials.set(peer, { kind: "linked", attempt: dial.attempt, lastError: dial.lastError });
    return this.#add(peer, wire, nowMs);
  }

  dialFailed(peer: RegionName, reason: string, nowMs: number): void {
    this.#redial(peer, { reason, retry: true }, nowMs);
  }

  accepted(wire: Wire, nowMs: number): PeerLink {
    return this.#add(null, wire, nowMs);
  }

  /** Connections that have not finished their handshake. */
  get strangers(): number {
    let count = 0;
    for (const link of this.#links) if (!link.isOpen) count++;
    return count;
  }

  /** Something became durable here: peers may have it, and shall know of it. */
  durable(nowMs: number): void {
    for (const link of this.#links) link.provider?.wake();
    if (nowMs >= this.#nextReportMs) this.#reportOwn(nowMs);
    else this.#reportDue = true;
  }

  /** Tells every peer goodbye. */
  stop(reason: string): void {
    this.#stopped = true;
    for (const link of this.#links) link.end({ reason, retry: true });
  }

  // --- for people -------------------------------------------------------------------------------------------------

  status(nowMs: number): readonly PeerStatus[] {
    return this.#party.peers.map((peer) => {
      const dialled = this.#linkTo(peer);
      const accepted = [...this.#links].find(
        (link) => link.dialled === null && link.isOpen && link.peer?.region === peer,
      );
      const dial = this.#dials.get(peer)!;
      return {
        peer,
        connected: dialled !== undefined,
        providing: accepted !== undefined,
        rttMs: dialled?.rttMs ?? 0,
        provider: this.#providers.get(peer) ?? null,
        ...this.#progress.of(peer, nowMs),
        bytesReceived: (dialled?.bytesReceived ?? 0) + (accepted?.bytesReceived ?? 0),
        bytesSent: accepted?.provider?.bytesSent ?? 0,
        batchesSent: accepted?.provider?.batchesSent ?? 0,
        lastError: dialled === undefined ? dial.lastError : null,
      };
    });
  }

  /** True when nothing that any connected peer has said it has is missing here. */
  get caughtUp(): boolean {
    return this.#progress.caughtUp;
  }

  /** Peers whose word we have heard since the start. */
  get heardFrom(): number {
    return this.#progress.heardFrom;
  }

  // --- events of links --------------------------------------------------------------------------------------------

  opened(link: PeerLink): void {
    this.#replaceOlder(link);
    this.#choiceDue = true;
    link.say({ say: "report", reports: this.#replica.memberReports() });
    if (link.dialled !== null) {
      this.#dials.set(link.dialled, { kind: "linked", attempt: 0, lastError: null });
      this.#ports.logger.info("peer connected", { peer: link.dialled });
    }
  }

  batch(link: PeerLink, bytes: Buffer): void {
    const received = this.#receive(bytes);
    if (received === "malformed") link.end({ reason: "a batch is malformed", retry: true });
    else if (received === "unknown-operation") {
      this.#ports.logger.error(
        "a peer sends an operation this version does not know: its stream is stopped until we are upgraded",
        {
          peer: link.dialled,
        },
      );
      link.end({ reason: "an operation is not known to this version", retry: false });
    } else if (received === "waiting" && !this.#held.hold(bytes)) this.#resubscribe.add(link);
  }

  batchesEnded(): void {
    this.#held.release(
      (origin) => this.#replica.sequenceOf(origin),
      (bytes) => this.#receive(bytes),
    );
  }

  report(_link: PeerLink, report: MemberReport): void {
    if (report.region === this.#party.region) return;
    this.#replica.reportMember(report);
    this.#progress.reported(report);
  }

  ended(link: PeerLink, end: LinkEnd): void {
    this.#links.delete(link);
    this.#resubscribe.delete(link);
    this.#choiceDue = true;
    this.#ports.onLinkEnded?.(link.dialled ?? link.peer?.region ?? null, end.reason);
    this.#ports.logger.warn("link closed", {
      peer: link.dialled ?? link.peer?.region,
      dialled: link.dialled !== null,
      reason: end.reason,
    });
    if (link.dialled !== null) this.#redial(link.dialled, end, link.lastProgressMs);
  }

  // --- inside -----------------------------------------------------------------------------------------------------

  #receive(bytes: Buffer): ReturnType<Replica["receive"]> {
    const received = this.#replica.receive(bytes);
    if (received === "applied" && this.#ports.onBatchApplied !== undefined) {
      const { region, stamp } = this.#replica.describe(bytes);
      this.#ports.onBatchApplied(region, stamp);
    }
    return received;
  }

  #add(dialled: RegionName | null, wire: Wire, nowMs: number): PeerLink {
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
    return link;
  }

  /** A peer that comes again has lost its old connection, whether our side of it knows or not. */
  #replaceOlder(link: PeerLink): void {
    for (const other of this.#links) {
      const same = other !== link && other.isOpen && other.peer?.region === link.peer?.region;
      if (same && (other.dialled === null) === (link.dialled === null)) {
        other.end({ reason: "a newer connection took its place", retry: true });
      }
    }
  }

  #redial(peer: RegionName, end: LinkEnd, nowMs: number): void {
    const dial = this.#dials.get(peer)!;
    const { redialFirstMs, redialMaxMs } = this.#limits;
    const waitMs = end.retry
      ? backoffMs(dial.attempt, { firstMs: redialFirstMs, maxMs: redialMaxMs }, this.#ports.random)
      : REFUSED_REDIAL_MS;
    if (dial.attempt === 0 || end.reason !== dial.lastError) {
      this.#ports.logger.info("peer not connected", { peer, reason: end.reason, again: `${waitMs} ms` });
    }
    this.#dials.set(peer, { kind: "waiting", atMs: nowMs + waitMs, attempt: dial.attempt + 1, lastError: end.reason });
  }

  #linkTo(peer: RegionName): PeerLink | undefined {
    return [...this.#links].find((link) => link.dialled === peer && link.isOpen);
  }

  #choose(): void {
    this.#choiceDue = false;
    const open = [...this.#links].filter((link) => link.dialled !== null && link.isOpen);
    const regions = new Set<RegionName>([...this.#party.peers, this.#party.region]);
    for (const report of this.#replica.memberReports()) {
      for (const origin of Object.keys(report.vector)) regions.add(regionOfOrigin(origin));
    }
    const candidates = open.map((link) => ({ peer: link.dialled!, has: link.has, rttMs: link.rttMs }));
    this.#providers = chooseProviders(regions, candidates, this.#providers);
    for (const link of open) {
      const wanted = [...this.#providers]
        .filter(([, peer]) => peer === link.dialled)
        .map(([region]) => region)
        .toSorted();
      const same = wanted.join() === link.subscribedRegions.join();
      if (same && !this.#resubscribe.has(link)) continue;
      // What is held now would come a second time; it is dropped as a duplicate then.
      link.subscribe(wanted, this.#replica.vector());
      this.#resubscribe.delete(link);
    }
  }

  /** A stream that owes something and is silent is asked for again from the applied vector on. */
  #askAgain(nowMs: number): void {
    for (const region of this.#progress.stalled(nowMs, this.#limits.deadAfterMs)) {
      const provider = this.#providers.get(region);
      const link = provider === undefined ? undefined : this.#linkTo(provider);
      if (link === undefined) continue;
      this.#ports.logger.warn("a stream owes batches and is silent: it is asked for again", { region, provider });
      this.#resubscribe.add(link);
    }
  }

  #reportOwn(nowMs: number): void {
    this.#reportDue = false;
    this.#nextReportMs = nowMs + this.#limits.reportEveryMs;
    const [own] = this.#replica.memberReports();
    for (const link of this.#links) if (link.isOpen) link.say({ say: "report", reports: [own!] });
  }

  /** With the heartbeat what we know of others goes along: A learns of C through B. */
  #reportAll(): void {
    const reports = this.#replica.memberReports();
    for (const link of this.#links) if (link.isOpen) link.say({ say: "report", reports });
  }
}

type DialState =
  | { readonly kind: "waiting"; readonly atMs: number; readonly attempt: number; readonly lastError: string | null }
  | { readonly kind: "dialling"; readonly attempt: number; readonly lastError: string | null }
  | { readonly kind: "linked"; readonly attempt: number; readonly lastError: string | null };

export interface PeerStatus extends PeerProgress {
  readonly peer: RegionName;
  /** We are connected to it, and may take batches from it. */
  readonly connected: boolean;
  /** It is connected to us, and may take batches from us. */
  readonly providing: boolean;
  readonly rttMs: number;
  /** The peer its batches are taken from at present. */
  readonly provider: RegionName | null;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly batchesSent: number;
  readonly lastError: string | null;
}
