import type { RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import { decodeBatches, FragmentAssembler } from "./batch-frames.ts";
import { decodeFrame, FRAME, MalformedFrameError, type Frame } from "./frame.ts";
import { answerHello, answerWelcome, checkProof, hello, type HandshakeParty, type HandshakeStep } from "./handshake.ts";
import type { ReplicationLimits } from "./limits.ts";
import { isDead, type LinkEnd, type LinkIdentity, type LinkState, type Wire } from "./link.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";
import { Provider } from "./provider.ts";
import { decodePublished, PUBLISH_FEATURE, type Published } from "./published.ts";

/** What a link tells the replicator. */
export interface LinkEvents {
  opened(link: PeerLink, peer: LinkIdentity): void;
  /** A batch as bytes, not trusted yet. */
  batch(link: PeerLink, bytes: Buffer): void;
  /** The end of a frame of batches: what was held may be looked at. */
  batchesEnded(): void;
  report(link: PeerLink, report: MemberReport, nowMs: number): void;
  /** Messages of pub/sub. */
  published(link: PeerLink, messages: readonly Published[]): void;
  ended(link: PeerLink, end: LinkEnd): void;
}

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
  readonly #wire: Wire;
  readonly #limits: ReplicationLimits;
  readonly #events: LinkEvents;
  readonly #fragments: FragmentAssembler;
  #state: LinkState;
  #lastProgressMs: number;
  #wireBytes = 0;
  #openSinceMs = 0;
  #lastPeer: LinkIdentity | null = null;
  #provider: Provider | null = null;
  /** What we asked for, so that the same is not asked twice. */
  subscribedRegions: readonly RegionName[] = [];
  /** What the peer said it has durably. */
  has: NamedVector | null = null;
  rttMs = 0;
  bytesReceived = 0;

  constructor(parts: LinkParts) {
    this.dialled = parts.dialled;
    this.#party = parts.party;
    this.#replica = parts.replica;
    this.#wire = parts.wire;
    this.#limits = parts.limits;
    this.#events = parts.events;
    this.#fragments = new FragmentAssembler(parts.limits.batchBytesMax);
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

  get provider(): Provider | null {
    return this.#provider;
  }

  get openSinceMs(): number {
    return this.#openSinceMs;
  }

  say(message: Message): void {
    // A peer may go on talking and never read. What is said again anyway is left out then; what is not must not pile up either.
    if (this.#wire.bufferedBytes() > this.#limits.linkBufferedBytesMax * 2) {
      if (message.say === "subscribe") this.#finish({ reason: "the peer does not read", retry: true }, true);
      if (message.say !== "goodbye") return;
    }
    this.#wire.send(encodeMessage(message, this.#isCompressed ? this.#limits.compressFromBytes : undefined));
  }

  /** Messages of pub/sub may be sent over it. */
  get takesPublished(): boolean {
    return this.#state.kind === "open" && this.#state.terms.features.includes(PUBLISH_FEATURE);
  }

  /** False when the peer does not take its bytes fast enough: nothing was sent. */
  sendPublished(frame: Buffer): boolean {
    if (this.#wire.bufferedBytes() > this.#limits.linkBufferedBytesMax) return false;
    this.#wire.send(frame);
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
      else this.#takeBatches(frame);
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.end({ reason: `malformed: ${error.message}`, retry: true });
    }
  }

  /** Time passed: heartbeat, or the end of a dead link. */
  tick(nowMs: number, heartbeat: boolean): void {
    const wireBytes = this.#wire.receivedBytes?.() ?? 0;
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

  /** Asks for what `regions` wrote beyond `has`. */
  subscribe(regions: readonly RegionName[], has: NamedVector): void {
    this.subscribedRegions = regions;
    this.say({ say: "subscribe", regions, has });
  }

  /** Says goodbye and closes. */
  end(end: LinkEnd): void {
    if (this.#state.kind === "closed") return;
    this.say({ say: "goodbye", reason: end.reason.slice(0, 500), retry: end.retry });
    this.#finish(end, true);
  }

  /** The socket is gone. */
  wireClosed(reason: string): void {
    this.#finish({ reason, retry: true }, false);
  }

  /** Compressed frames are agreed on. */
  get #isCompressed(): boolean {
    return this.#state.kind === "open" && this.#state.terms.features.includes("deflate");
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
    if (closeWire) this.#wire.close();
  }

  #takePublished({ payload }: Frame): void {
    if (!this.takesPublished) throw new MalformedFrameError("messages, though that was not agreed on");
    this.#events.published(this, decodePublished(payload));
  }

  #takeBatches(frame: Frame): void {
    if (this.#state.kind !== "open" || this.dialled === null) throw new MalformedFrameError("batches nobody asked for");
    if (frame.kind === FRAME.fragment) {
      const whole = this.#fragments.add(frame.payload);
      if (whole === null) return;
      this.#events.batch(this, whole);
    } else {
      if (this.#fragments.isOpen) throw new MalformedFrameError("batches between the fragments of another");
      for (const batch of decodeBatches(frame.payload)) {
        this.#events.batch(this, batch);
        // One of them ended the link: what follows it is not believed either.
        if (this.#state.kind !== "open") return;
      }
    }
    this.#events.batchesEnded();
  }

  #hear(message: Message, nowMs: number): void {
    const state = this.#state;
    if (message.say === "goodbye") {
      this.#finish({ reason: `the peer says: ${message.reason}`, retry: message.retry }, true);
      return;
    }
    if (state.kind === "open") {
      this.#hearOpen(message, nowMs);
      return;
    }
    const step = this.#handshake(message);
    if (step.kind === "end") {
      this.end(step.end);
      return;
    }
    this.#state = step.state;
    for (const answer of step.messages) this.say(answer);
    if (step.state.kind === "open") this.#open(step.state, nowMs);
  }

  #handshake(message: Message): HandshakeStep {
    const state = this.#state;
    if (state.kind === "greeting") {
      if (this.dialled === null && message.say === "hello") {
        return answerHello(this.#party, this.#limits, state, message);
      }
      if (this.dialled !== null && message.say === "welcome") {
        return answerWelcome(this.#party, this.#limits, state, this.dialled, message);
      }
    }
    if (state.kind === "proving") {
      if (this.dialled === null && message.say === "proof") return checkProof(this.#party, state, message);
      if (this.dialled !== null && message.say === "open") {
        return { kind: "say", messages: [], state: { kind: "open", peer: state.peer, terms: state.terms } };
      }
    }
    throw new MalformedFrameError(`"${message.say}" while ${state.kind}`);
  }

  #open({ peer, terms }: Extract<LinkState, { kind: "open" }>, nowMs: number): void {
    this.#openSinceMs = nowMs;
    if (this.dialled === null) {
      const fail = (end: LinkEnd): void => this.end(end);
      this.#provider = new Provider(this.#replica, this.#wire, this.#limits, peer, terms, fail);
    }
    this.#events.opened(this, peer);
  }

  #hearOpen(message: Message, nowMs: number): void {
    switch (message.say) {
      case "ping":
        this.say({ say: "pong", at: message.at });
        return;
      case "pong":
        this.rttMs = Math.max(0, nowMs - message.at);
        return;
      case "report":
        for (const report of message.reports) {
          if (report.region === this.peer?.region) this.has = report.vector;
          this.#events.report(this, report, nowMs);
        }
        return;
      case "subscribe":
        if (this.#provider === null) throw new MalformedFrameError("a subscription on a link that we dialled");
        this.#provider.subscribe(message.regions, message.has);
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
  readonly events: LinkEvents;
  readonly nonce: string;
  readonly nowMs: number;
}
