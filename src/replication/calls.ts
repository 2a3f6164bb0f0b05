import type { BinaryString } from "../base/bytes.ts";
import type { RegionName } from "../crdt/origin.ts";
import { CALL_FEATURE, CALL_OVERHEAD_BYTES } from "./call-frames.ts";
import type { PeerLink } from "./peer-link.ts";

/** Questions under way to one peer: beyond that it is not asked. */
const PENDING_MAX = 10_000;
/** What came of a question. `unreachable`: it was not sent. `unknown`: it was sent, and the link ended before an answer. */
export type Called =
  | { readonly kind: "answered"; readonly body: BinaryString }
  | { readonly kind: "unreachable" }
  | { readonly kind: "unknown" }
  | { readonly kind: "too-large"; readonly bytesMax: number };

/** Answers a peer's question, once. What comes after the link's end is dropped. */
export type AnswerCall = (body: BinaryString) => void;

/**
 * The questions of this region that are under way, by the link each took. They are no data: nobody keeps them, and when the link
 * ends nobody knows what became of them.
 */
export class Calls {
  readonly #pending = new Map<PeerLink, Map<number, (called: Called) => void>>();
  #nextId = 1;

  /** `called` is told once, never before this returns. */
  ask(region: RegionName, links: Iterable<PeerLink>, body: BinaryString, called: (called: Called) => void): void {
    const link = openLinkTo(region, links);
    const pending = link === null ? undefined : this.#pendingOf(link);
    const refuse = (refusal: Called): void => queueMicrotask(() => called(refusal));
    if (link === null || pending!.size >= PENDING_MAX) {
      refuse({ kind: "unreachable" });
      return;
    }
    const bytesMax = link.terms!.frameBytesMax - CALL_OVERHEAD_BYTES;
    if (body.length > bytesMax) {
      refuse({ kind: "too-large", bytesMax });
      return;
    }
    const id = this.#nextId++;
    if (!link.sendCall("call", id, body)) {
      refuse({ kind: "unreachable" });
      return;
    }
    pending!.set(id, called);
  }

  answered(link: PeerLink, id: number, body: BinaryString): void {
    const pending = this.#pending.get(link);
    const called = pending?.get(id);
    // One that nobody waits for: a peer may be late, or lie.
    if (called === undefined) return;
    pending!.delete(id);
    called({ kind: "answered", body });
  }

  ended(link: PeerLink): void {
    const pending = this.#pending.get(link);
    this.#pending.delete(link);
    for (const called of pending?.values() ?? []) called({ kind: "unknown" });
  }

  #pendingOf(link: PeerLink): Map<number, (called: Called) => void> {
    let pending = this.#pending.get(link);
    if (pending === undefined) this.#pending.set(link, (pending = new Map<number, (called: Called) => void>()));
    return pending;
  }
}

/** The link that we dialled, while there are two: questions of one kind go one way, in order. */
function openLinkTo(region: RegionName, links: Iterable<PeerLink>): PeerLink | null {
  let found: PeerLink | null = null;
  for (const link of links) {
    if (link.peer?.region !== region || !link.agreedOn(CALL_FEATURE)) continue;
    if (found === null || link.dialled !== null) found = link;
  }
  return found;
}
