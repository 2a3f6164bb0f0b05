import type { BinaryString } from "../base/bytes.ts";
import type { RegionName } from "../crdt/origin.ts";
import { namedIncludes, type NamedVector } from "../crdt/version-vector.ts";
import type { Replica } from "../keyspace/replica-port.ts";
import { CALL_FEATURE, decodeCall, encodeCall } from "./call-frames.ts";
import { BatchIntake } from "./batch-frames.ts";
import { compareClocks } from "./clock-comparison.ts";
import { decodeFrame, FRAME, MalformedFrameError, type Frame } from "./frame.ts";
import { hello, shakeHands, type HandshakeParty } from "./handshake.ts";
import type { LinkEvents } from "./link-events.ts";
import type { ReplicationLimits } from "./limits.ts";
import {
  isDead,
  LINK_END_CODES,
  type LinkEnd,
  type LinkIdentity,
  type LinkState,
  type LinkTerms,
  type Wire,
} from "./link.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";
import { Provider } from "./provider.ts";
import { SNAPSHOT_FEATURE } from "./row-frames.ts";
import { decodePublished, PUBLISH_FEATURE } from "./published.ts";

/** Words that are said again anyway, or that only answer. */
const MAY_BE_LEFT_OUT: ReadonlySet<Message["say"]> = new Set(["report", "ping", "pong", "goodbye"]);
/** How much more a frame may hold than `frameBytesMax`, inflated: words about many incarnations repeat themselves. */
const INFLATED_FRAMES_MAX = 8;

/**
 * One connection to one peer, from either side: handshake, heartbeat, frames in and out. Knows no socket, no timer and no clock:
 * whoever drives it says what arrived and what time it is.
 */
export class PeerLink {
  /** The region we meant to reach; null when it dialled us. */
  readonly dialled: RegionName | null;
  readonly #party: HandshakeParty;
  readonly #replica: Replica;
  readonly wire: Wire;
  readonly #limits: ReplicationLimits;
  readonly #events: LinkEvents<PeerLink>;
  readonly #intake: BatchIntake;
  #state: LinkState;
  #lastProgressMs: number;
  #wireBytes = 0;
  #openSinceMs: number | null = null;
  #lastPeer: LinkIdentity | null = null;
  #provider: Provider | null = null;
  /** What we asked for, so that the same is not asked twice. */
  subscribedRegions: readonly RegionName[] = [];
  #has: NamedVector | null = null;
  /** Regions of which its log lacks what we lack, by when it said so. */
  readonly #truncatedAtMs = new Map<RegionName, number>();
  rttMs = 0;
  /** A heartbeat has come back. */
  hasAnswered = false;
  /** When we asked the latest question that it has answered: at that time it had not given us up. */
  answeredAtMs = Number.NEGATIVE_INFINITY;
  bytesReceived = 0;

  constructor(parts: LinkParts) {
    this.dialled = parts.dialled;
    this.#party = parts.party;
    this.#replica = parts.replica;
    this.wire = parts.wire;
    this.#limits = parts.limits;
    this.#events = parts.events;
    this.#intake = new BatchIntake(parts.limits.batchBytesMax);
    this.#state = { kind: "greeting", sinceMs: parts.nowMs, nonce: parts.nonce };
    this.#lastProgressMs = parts.nowMs;
    if (this.dialled !== null) this.say(hello(this.#party, this.#limits, parts.nonce));
  }

  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  get peer(): LinkIdentity | null {
    return this.#state.kind === "open" || this.#state.kind === "proving" ? this.#state.peer : this.#lastPeer;
  }

  get terms(): LinkTerms | null {
    return this.#state.kind === "open" ? this.#state.terms : null;
  }

  /** Both sides have the feature. */
  agreedOn(feature: string): boolean {
    return this.terms?.features.includes(feature) ?? false;
  }

  get isTruncated(): boolean {
    return this.#truncatedAtMs.size > 0;
  }

  lacksLogOf(region: RegionName, nowMs: number): boolean {
    const sinceMs = this.#truncatedAtMs.get(region);
    return sinceMs !== undefined && nowMs - sinceMs < this.#limits.truncatedRetryMs;
  }

  get provider(): Provider | null {
    return this.#provider;
  }

  /** What the peer said it has durably, on this link; on one that we accepted also what it said on its other. Never less than before. */
  get has(): NamedVector | null {
    return this.#has;
  }

  /** The peer has so much. What it said earlier may come later, behind its batches. */
  heard(vector: NamedVector): void {
    if (this.#has === null || !namedIncludes(this.#has, vector)) this.#has = vector;
  }

  get openSinceMs(): number {
    return this.#openSinceMs ?? 0;
  }

  /** The handshake was done, whatever came then. */
  get wasOpen(): boolean {
    return this.#openSinceMs !== null;
  }

  say(message: Message): void {
    // A peer may go on talking and never read. What is said again anyway is left out then; what is not must not pile up either.
    if (this.wire.bufferedBytes() > this.#limits.linkBufferedBytesMax * 2) {
      if (!MAY_BE_LEFT_OUT.has(message.say)) this.#finish({ reason: "the peer does not read", retry: true }, true);
      if (message.say !== "goodbye") return;
    }
    this.wire.send(encodeMessage(message, this.#isCompressed ? this.#limits.compressFromBytes : undefined));
  }

  /** Messages of pub/sub may be sent over it. */
  get takesPublished(): boolean {
    return this.agreedOn(PUBLISH_FEATURE);
  }

  /** False when the peer does not take its bytes fast enough: nothing was sent. */
  sendPublished(frame: Buffer): boolean {
    if (this.wire.bufferedBytes() > this.#limits.linkBufferedBytesMax) return false;
    this.wire.send(frame);
    return true;
  }

  /** False when the peer does not take its bytes fast enough: nothing was sent. */
  sendCall(kind: "call" | "answer", id: number, body: BinaryString): boolean {
    if (!this.isOpen || this.wire.bufferedBytes() > this.#limits.linkBufferedBytesMax) return false;
    this.wire.send(
      encodeCall(kind, id, body, this.#isCompressed ? this.#limits.compressFromBytes : Number.POSITIVE_INFINITY),
    );
    return true;
  }

  /** A frame arrived. */
  receive(bytes: Buffer, nowMs: number): void {
    if (this.#state.kind === "closed") return;
    this.#lastProgressMs = nowMs;
    this.bytesReceived += bytes.length;
    try {
      if (this.#state.kind !== "open" && bytes.length > this.#limits.handshakeFrameBytesMax) {
        throw new MalformedFrameError(`a frame of ${bytes.length} bytes before the handshake is done`);
      }
      const frame = decodeFrame(bytes, this.#isCompressed ? this.#inflatedBytesMax : 0);
      if (frame.kind === FRAME.message) this.#hear(decodeMessage(frame.payload), nowMs);
      else if (frame.kind === FRAME.published) this.#takePublished(frame);
      else if (frame.kind === FRAME.call || frame.kind === FRAME.answer) this.#takeCall(frame);
      else if (frame.kind === FRAME.rows) this.#events.rows(this, frame.payload);
      else this.#takeBatches(frame);
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.end({ reason: `malformed: ${error.message}`, retry: true });
    }
  }

  /** Nothing was heard for a while: the peer may be busy. */
  isSilent(nowMs: number): boolean {
    return nowMs - this.#lastProgressMs > this.#limits.silentAfterMs;
  }

  /** We were busy for so long, and listened to nobody: that is not held against the peer. */
  wasDeaf(ms: number, nowMs: number): void {
    this.#lastProgressMs = Math.min(nowMs, this.#lastProgressMs + ms);
  }

  /** Time passed: heartbeat, or the end of a dead link. */
  tick(nowMs: number, heartbeat: boolean): void {
    const wireBytes = this.wire.receivedBytes?.() ?? 0;
    if (wireBytes !== this.#wireBytes) this.#lastProgressMs = nowMs;
    this.#wireBytes = wireBytes;
    if (isDead(this.#state, this.#lastProgressMs, nowMs, this.#limits)) {
      const reason =
        this.#state.kind === "open"
          ? `nothing was heard for ${Math.round(nowMs - this.#lastProgressMs)} ms`
          : `the handshake was not done in ${this.#limits.handshakeTimeoutMs} ms`;
      this.end({ reason, retry: true });
      return;
    }
    if (this.#state.kind !== "open") return;
    if (heartbeat) this.say({ say: "ping", at: nowMs });
    this.#provider?.wake();
  }

  /** Asks for what `regions` wrote beyond `has` and what is held. */
  subscribe(regions: readonly RegionName[], has: NamedVector, held: NamedVector): void {
    this.subscribedRegions = regions;
    for (const region of regions) this.#truncatedAtMs.delete(region);
    this.say({ say: "subscribe", regions, has, held });
  }

  /** Says goodbye and closes. */
  end(end: LinkEnd): void {
    if (this.#state.kind === "closed") return;
    const { retry, code } = end;
    this.say({ say: "goodbye", reason: end.reason.slice(0, 500), retry, ...(code === undefined ? {} : { code }) });
    // The code is a word to the other side.
    this.#finish({ reason: end.reason, retry }, true);
  }

  /** The socket is gone. */
  wireClosed(reason: string): void {
    this.#finish({ reason, retry: true }, false);
  }

  /** Compressed frames are agreed on. */
  get #isCompressed(): boolean {
    return this.agreedOn("deflate");
  }

  /** A frame of batches holds `frameBytesMax`; a message about many incarnations may be larger than it is compressed. */
  get #inflatedBytesMax(): number {
    return this.#limits.frameBytesMax * INFLATED_FRAMES_MAX;
  }

  #finish(end: LinkEnd, closeWire: boolean): void {
    if (this.#state.kind === "closed") return;
    this.#provider?.close();
    // Whom it was with is still asked for when the end is reported.
    this.#lastPeer = this.peer;
    this.#state = { kind: "closed", end };
    this.#events.ended(this, end);
    if (closeWire) this.wire.close();
  }

  #takePublished({ payload }: Frame): void {
    if (!this.takesPublished) throw new MalformedFrameError("messages, though that was not agreed on");
    this.#events.published(this, decodePublished(payload));
  }

  #takeCall({ kind, payload }: Frame): void {
    if (!this.agreedOn(CALL_FEATURE)) throw new MalformedFrameError("a call, though that was not agreed on");
    const { id, body } = decodeCall(payload);
    if (kind === FRAME.call) this.#events.asked(this, id, body);
    else this.#events.answered(this, id, body);
  }

  #takeBatches(frame: Frame): void {
    if (this.#state.kind !== "open" || this.dialled === null) throw new MalformedFrameError("batches nobody asked for");
    const batches = this.#intake.take(frame);
    if (batches === null) return;
    for (const batch of batches) {
      this.#events.batch(this, batch);
      // One of them ended the link: what follows it is not believed either.
      if (this.#state.kind !== "open") return;
    }
    this.#events.batchesEnded();
  }

  #hear(message: Message, nowMs: number): void {
    const state = this.#state;
    if (state.kind === "closed") return;
    if (message.say === "goodbye") {
      const end = { reason: `the peer says: ${message.reason}`, retry: message.retry };
      // Most are believed of one alone that has proved the secret: they can stop us from serving.
      const code = LINK_END_CODES.find((one) => one === message.code && (this.isOpen || one === "stranger"));
      this.#finish(code === undefined ? end : { ...end, code }, true);
      return;
    }
    if (state.kind === "open") {
      this.#hearOpen(message, nowMs);
      return;
    }
    const step = shakeHands(this.#party, this.#limits, this.dialled, state, message);
    if (step.kind === "end") {
      this.end(step.end);
      return;
    }
    this.#state = step.state;
    if (this.dialled !== null && step.state.kind === "proving") this.#events.welcomed(this, nowMs);
    if (this.#state !== step.state) return;
    for (const answer of step.messages) this.say(answer);
    if (step.state.kind === "open") this.#open(step.state, nowMs);
  }

  #open({ peer, terms }: Extract<LinkState, { kind: "open" }>, nowMs: number): void {
    this.#openSinceMs = nowMs;
    if (this.dialled === null) {
      const fail = (end: LinkEnd): void => this.end(end);
      this.#provider = new Provider(this.#replica, this.wire, this.#limits, peer, terms, fail);
    }
    // At once: a region is to know soon whether its clock is right.
    this.say({ say: "ping", at: nowMs });
    this.#events.opened(this, peer);
  }

  #hearPong({ at, clockMs }: Extract<Message, { say: "pong" }>, nowMs: number): void {
    this.rttMs = Math.max(0, nowMs - at);
    this.hasAnswered = true;
    this.answeredAtMs = Math.max(this.answeredAtMs, Math.min(at, nowMs));
    if (clockMs !== undefined) this.#events.clock(this, compareClocks(this.#replica.wallMs(), clockMs, this.rttMs));
  }

  /** `truncated`: regions of the subscription that our log no longer reaches. */
  #provide(truncated: readonly RegionName[]): void {
    if (truncated.length === 0) return;
    if (this.agreedOn(SNAPSHOT_FEATURE)) this.say({ say: "truncated", regions: truncated });
    else
      this.end({
        reason: "the log no longer has what is asked for, and this version cannot take a snapshot",
        retry: false,
      });
  }

  #hearOpen(message: Message, nowMs: number): void {
    switch (message.say) {
      case "ping":
        this.say({ say: "pong", at: message.at, clockMs: this.#replica.wallMs() });
        return;
      case "pong":
        this.#hearPong(message, nowMs);
        return;
      case "report":
        for (const report of message.reports) {
          if (report.region === this.peer?.region) this.heard(report.vector);
          this.#events.report(this, report, nowMs);
        }
        return;
      case "subscribe":
        if (this.#provider === null) throw new MalformedFrameError("a subscription on a link that we dialled");
        this.#provide(this.#provider.subscribe(message.regions, message.has, message.held));
        return;
      case "truncated":
        for (const region of message.regions) this.#truncatedAtMs.set(region, nowMs);
        this.subscribedRegions = this.subscribedRegions.filter((region) => !message.regions.includes(region));
        this.#events.truncated(this);
        return;
      case "snapshot":
      case "snapshot-begin":
      case "snapshot-stored":
      case "snapshot-end":
        this.#events.snapshot(this, message, nowMs);
        return;
      default:
        throw new MalformedFrameError(`"${message.say}" on an open link`);
    }
  }
}

export interface LinkParts {
  readonly dialled: RegionName | null;
  readonly party: HandshakeParty;
  readonly replica: Replica;
  readonly wire: Wire;
  readonly limits: ReplicationLimits;
  readonly events: LinkEvents<PeerLink>;
  readonly nonce: string;
  readonly nowMs: number;
}
