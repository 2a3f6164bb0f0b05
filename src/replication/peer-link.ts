import type { RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { MemberReport, Replica } from "../keyspace/replica-port.ts";
import { decodeBatches, decodeFrame, FRAME, FragmentAssembler, MalformedFrameError } from "./frame.ts";
import { answerHello, answerWelcome, checkProof, hello, type HandshakeParty, type HandshakeStep } from "./handshake.ts";
import type { ReplicationLimits } from "./limits.ts";
import { isDead, type LinkEnd, type LinkIdentity, type LinkState, type Wire } from "./link.ts";
import { decodeMessage, encodeMessage, type Message } from "./message.ts";
import { Provider } from "./provider.ts";

/** What a link tells the replicator. */
export interface LinkEvents {
  opened(link: PeerLink): void;
  /** A batch as bytes, not trusted yet. */
  batch(link: PeerLink, bytes: Buffer): void;
  /** The end of a frame of batches: what was held may be looked at. */
  batchesEnded(link: PeerLink): void;
  report(link: PeerLink, report: MemberReport): void;
  ended(link: PeerLink, end: LinkEnd): void;
}

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
    if (this.dialled !== null) this.say(hello(this.#party, parts.nonce));
  }

  get isOpen(): boolean {
    return this.#state.kind === "open";
  }

  get peer(): LinkIdentity | null {
    return this.#state.kind === "open" || this.#state.kind === "proving" ? this.#state.peer : null;
  }

  get provider(): Provider | null {
    return this.#provider;
  }

  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  say(message: Message): void {
    const state = this.#state;
    const compress = state.kind === "open" && state.features.includes("deflate");
    this.#wire.send(encodeMessage(message, compress ? this.#limits.compressFromBytes : undefined));
  }

  /** A frame arrived. */
  receive(bytes: Buffer, nowMs: number): void {
    if (this.#state.kind === "closed") return;
    this.#lastProgressMs = nowMs;
    this.bytesReceived += bytes.length;
    try {
      const frame = decodeFrame(bytes);
      if (frame.kind === FRAME.message) this.#hear(decodeMessage(frame.payload), nowMs);
      else if (this.#state.kind !== "open" || this.dialled === null)
        throw new MalformedFrameError("batches nobody asked for");
      else if (frame.kind === FRAME.batches) {
        for (const batch of decodeBatches(frame.payload)) this.#events.batch(this, batch);
        this.#events.batchesEnded(this);
      } else {
        const whole = this.#fragments.add(frame.payload);
        if (whole === null) return;
        this.#events.batch(this, whole);
        this.#events.batchesEnded(this);
      }
    } catch (error) {
      if (!(error instanceof MalformedFrameError)) throw error;
      this.end({ reason: `malformed: ${error.message}`, retry: true });
    }
  }

  /** Time passed: heartbeat, or the end of a dead link. */
  tick(nowMs: number, heartbeat: boolean): void {
    if (isDead(this.#state, this.#lastProgressMs, nowMs, this.#limits)) {
      this.end({ reason: `nothing was heard for ${Math.round(nowMs - this.#lastProgressMs)} ms`, retry: true });
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
    this.#finish(end);
    this.#wire.close();
  }

  /** The socket is gone. */
  wireClosed(reason: string): void {
    if (this.#state.kind !== "closed") this.#finish({ reason, retry: true });
  }

  #finish(end: LinkEnd): void {
    this.#provider?.close();
    this.#state = { kind: "closed", end };
    this.#events.ended(this, end);
  }

  #hear(message: Message, nowMs: number): void {
    const state = this.#state;
    if (message.say === "goodbye") {
      this.#finish({ reason: `the peer says: ${message.reason}`, retry: message.retry });
      this.#wire.close();
      return;
    }
    if (state.kind === "open") {
      this.#hearOpen(message, nowMs);
      return;
    }
    const step = this.#handshake(message, nowMs);
    if (step.kind === "end") {
      this.end(step.end);
      return;
    }
    this.#state = step.state;
    for (const answer of step.messages) this.say(answer);
    if (step.state.kind === "open") this.#open(step.state);
  }

  #handshake(message: Message, nowMs: number): HandshakeStep {
    const state = this.#state;
    if (state.kind === "greeting") {
      if (this.dialled === null && message.say === "hello")
        return answerHello(this.#party, message, state.nonce, nowMs);
      if (this.dialled !== null && message.say === "welcome") {
        return answerWelcome(this.#party, this.dialled, message, state.nonce, nowMs);
      }
    }
    if (state.kind === "proving") {
      if (this.dialled === null && message.say === "proof") return checkProof(this.#party, state, message);
      if (this.dialled !== null && message.say === "open") {
        return { kind: "say", messages: [], state: { kind: "open", peer: state.peer, features: state.features } };
      }
    }
    throw new MalformedFrameError(`"${message.say}" while ${state.kind}`);
  }

  #open(state: Extract<LinkState, { kind: "open" }>): void {
    if (this.dialled === null) {
      const compress = state.features.includes("deflate");
      const fail = (reason: string): void => this.end({ reason, retry: true });
      this.#provider = new Provider(this.#replica, this.#wire, this.#limits, state.peer.incarnation, compress, fail);
    }
    this.#events.opened(this);
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
          this.#events.report(this, report);
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
