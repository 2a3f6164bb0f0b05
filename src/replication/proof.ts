import { createHmac, timingSafeEqual } from "node:crypto";
import type { OriginId } from "../crdt/origin.ts";

/** Who says what to whom in one handshake: everything a proof must bind. */
export interface HandshakeFacts {
  readonly diallerNonce: string;
  readonly acceptorNonce: string;
  readonly dialler: OriginId;
  readonly acceptor: OriginId;
}

/**
 * Proof of the shared secret: HMAC-SHA-256 over both nonces and both names, different for the two sides, so that neither can be
 * replayed or reflected. The secret itself never travels.
 */
export function prove(secret: string, side: "dialler" | "acceptor", facts: HandshakeFacts): string {
  const text = [side, facts.diallerNonce, facts.acceptorNonce, facts.dialler, facts.acceptor].join("\n");
  return createHmac("sha256", secret).update(text).digest("hex");
}

export function proves(proof: string, secret: string, side: "dialler" | "acceptor", facts: HandshakeFacts): boolean {
  const expected = Buffer.from(prove(secret, side, facts), "hex");
  const given = Buffer.from(proof, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
