import { BATCH_FORMAT_VERSION } from "../crdt/batch-codec.ts";
import { regionOfOrigin, type OriginId, type RegionName } from "../crdt/origin.ts";
import { MalformedFrameError } from "./frame.ts";
import type { ReplicationLimits } from "./limits.ts";
import type { LinkEnd, LinkIdentity, LinkState, LinkTerms } from "./link.ts";
import { FEATURES, PROTOCOL_MAX, PROTOCOL_MIN, type Message } from "./message.ts";
import { prove, proves, type HandshakeFacts } from "./proof.ts";

/**
 * The handshake, as a function of what was said. Rules:
 *
 * [HS1] Both sides prove the shared secret before either learns or sends anything of the data.
 *       While it is changed a peer may prove another one that is accepted.
 * [HS2] No common protocol version, or another batch format: refused, naming both.
 * [HS3] A region that is not configured as a peer is refused, naming the flag that would admit it.
 * [HS4] Our own region's name on the other side: two nodes with one identity; refused on both sides.
 * [HS5] A dialler is told whom it reached; it refuses an acceptor that is not the region it meant.
 * [HS6] An incarnation belongs to the region that names it. Of two that live at once the older is refused (`identities.ts`).
 * [HS7] Each side says the largest frame and batch it takes; the lower of the two counts on the link.
 */
export interface HandshakeParty {
  readonly region: RegionName;
  readonly incarnation: OriginId;
  readonly peers: readonly RegionName[];
  /** Regions that have left: they are told so once they have proved who they are. */
  readonly cut: readonly RegionName[];
  /** What we prove with. */
  readonly secret: string;
  /** What peers may prove with besides: while the secret is changed, some have the old one and some the new. */
  readonly otherSecrets?: readonly string[];
}

export type HandshakeStep =
  | { readonly kind: "say"; readonly messages: readonly Message[]; readonly state: LinkState }
  | { readonly kind: "end"; readonly end: LinkEnd };

export function hello(party: HandshakeParty, limits: ReplicationLimits, nonce: string): Message {
  return {
    say: "hello",
    protocolMin: PROTOCOL_MIN,
    protocolMax: PROTOCOL_MAX,
    features: FEATURES,
    batchFormat: BATCH_FORMAT_VERSION,
    frameBytesMax: limits.frameBytesMax,
    batchBytesMax: limits.batchBytesMax,
    region: party.region,
    incarnation: party.incarnation,
    nonce,
  };
}

/** One word of the handshake, on a link that we `dialled` or accepted (null). Throws MalformedFrameError for one out of place. */
export function shakeHands(
  party: HandshakeParty,
  limits: ReplicationLimits,
  dialled: RegionName | null,
  state: Extract<LinkState, { kind: "greeting" | "proving" }>,
  message: Message,
): HandshakeStep {
  if (state.kind === "greeting") {
    if (dialled === null && message.say === "hello") return answerHello(party, limits, state, message);
    if (dialled !== null && message.say === "welcome") return answerWelcome(party, limits, state, dialled, message);
  } else {
    if (dialled === null && message.say === "proof") return checkProof(party, state, message);
    if (dialled !== null && message.say === "open") {
      return { kind: "say", messages: [], state: { kind: "open", peer: state.peer, terms: state.terms } };
    }
  }
  throw new MalformedFrameError(`"${message.say}" while ${state.kind}`);
}

/** Acceptor, on `hello`. */
export function answerHello(
  party: HandshakeParty,
  limits: ReplicationLimits,
  state: Extract<LinkState, { kind: "greeting" }>,
  message: Extract<Message, { say: "hello" }>,
): HandshakeStep {
  const refusal = refuseIdentity(party, message) ?? refuseVersion(message);
  if (refusal !== null) return { kind: "end", end: refusal };
  const terms = agree(limits, message);
  const { nonce } = state;
  const facts = {
    diallerNonce: message.nonce,
    acceptorNonce: nonce,
    dialler: message.incarnation,
    acceptor: party.incarnation,
  };
  const welcome: Message = {
    say: "welcome",
    protocol: Math.min(PROTOCOL_MAX, message.protocolMax),
    features: terms.features,
    frameBytesMax: limits.frameBytesMax,
    batchBytesMax: limits.batchBytesMax,
    region: party.region,
    incarnation: party.incarnation,
    nonce,
    proof: prove(party.secret, "acceptor", facts),
  };
  const peer = { region: message.region, incarnation: message.incarnation };
  const { sinceMs } = state;
  return {
    kind: "say",
    messages: [welcome],
    state: { kind: "proving", sinceMs, peer, nonce, peerNonce: message.nonce, terms },
  };
}

/** Dialler, on `welcome`. */
export function answerWelcome(
  party: HandshakeParty,
  limits: ReplicationLimits,
  state: Extract<LinkState, { kind: "greeting" }>,
  expected: RegionName,
  message: Extract<Message, { say: "welcome" }>,
): HandshakeStep {
  const { nonce, sinceMs } = state;
  if (message.region === party.region) return { kind: "end", end: sameIdentity(party.region) };
  if (message.region !== expected) {
    const reason = `the address of peer "${expected}" is answered by region "${message.region}": check --peer`;
    return { kind: "end", end: { reason, retry: false } };
  }
  if (regionOfOrigin(message.incarnation) !== message.region) return { kind: "end", end: foreignIncarnation(message) };
  if (message.protocol < PROTOCOL_MIN || message.protocol > PROTOCOL_MAX) {
    const reason = `region "${message.region}" chose protocol ${message.protocol}: here ${PROTOCOL_MIN}–${PROTOCOL_MAX}`;
    return { kind: "end", end: { reason, retry: false } };
  }
  const facts = {
    diallerNonce: nonce,
    acceptorNonce: message.nonce,
    dialler: party.incarnation,
    acceptor: message.incarnation,
  };
  if (!provesAny(message.proof, party, "acceptor", facts)) return { kind: "end", end: wrongSecret(message.region) };
  const peer: LinkIdentity = { region: message.region, incarnation: message.incarnation };
  return {
    kind: "say",
    messages: [{ say: "proof", proof: prove(party.secret, "dialler", facts) }],
    state: { kind: "proving", sinceMs, peer, nonce, peerNonce: message.nonce, terms: agree(limits, message) },
  };
}

/** Acceptor, on `proof`. */
export function checkProof(
  party: HandshakeParty,
  state: Extract<LinkState, { kind: "proving" }>,
  message: Extract<Message, { say: "proof" }>,
): HandshakeStep {
  const facts = {
    diallerNonce: state.peerNonce,
    acceptorNonce: state.nonce,
    dialler: state.peer.incarnation,
    acceptor: party.incarnation,
  };
  if (!provesAny(message.proof, party, "dialler", facts)) {
    return { kind: "end", end: wrongSecret(state.peer.region) };
  }
  const open: LinkState = { kind: "open", peer: state.peer, terms: state.terms };
  return { kind: "say", messages: [{ say: "open" }], state: open };
}

/** Features both have, and the lower of both limits. */
function agree(limits: ReplicationLimits, peer: LinkTerms): LinkTerms {
  return {
    features: FEATURES.filter((feature) => peer.features.includes(feature)),
    frameBytesMax: Math.min(limits.frameBytesMax, peer.frameBytesMax),
    batchBytesMax: Math.min(limits.batchBytesMax, peer.batchBytesMax),
  };
}

function provesAny(
  proof: string,
  { secret, otherSecrets }: HandshakeParty,
  side: "dialler" | "acceptor",
  facts: HandshakeFacts,
): boolean {
  return [secret, ...(otherSecrets ?? [])].some((one) => proves(proof, one, side, facts));
}

function refuseIdentity(party: HandshakeParty, { region, incarnation }: LinkIdentity): LinkEnd | null {
  if (region === party.region) return sameIdentity(region);
  if (regionOfOrigin(incarnation) !== region) return foreignIncarnation({ region, incarnation });
  if (party.peers.includes(region) || party.cut.includes(region)) return null;
  const reason = `region "${region}" is not a peer of "${party.region}": start it with --peer ${region}=ws://HOST:PORT, or "antipode admin add" it`;
  return { reason, retry: false, code: "stranger" };
}

function refuseVersion(message: Extract<Message, { say: "hello" }>): LinkEnd | null {
  if (message.protocolMax < PROTOCOL_MIN || message.protocolMin > PROTOCOL_MAX) {
    const theirs = `${message.protocolMin}–${message.protocolMax}`;
    return {
      reason: `protocol ${theirs} there and ${PROTOCOL_MIN}–${PROTOCOL_MAX} here have nothing in common`,
      retry: false,
    };
  }
  if (message.batchFormat !== BATCH_FORMAT_VERSION) {
    return { reason: `batch format ${message.batchFormat} there, ${BATCH_FORMAT_VERSION} here`, retry: false };
  }
  return null;
}

function sameIdentity(region: RegionName): LinkEnd {
  return { reason: `two nodes call themselves region "${region}": a region's name must be unique`, retry: false };
}

function foreignIncarnation({ region, incarnation }: LinkIdentity): LinkEnd {
  return { reason: `region "${region}" calls itself incarnation "${incarnation}", which is another's`, retry: false };
}

function wrongSecret(region: RegionName): LinkEnd {
  return {
    reason: `region "${region}" does not prove the shared secret: --secret must be the same everywhere`,
    retry: false,
  };
}
