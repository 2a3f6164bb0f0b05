import { describe, expect, it } from "vitest";
import {
  answerHello,
  answerWelcome,
  checkProof,
  hello,
  type HandshakeParty,
} from "../../../src/replication/handshake.ts";
import type { LinkState } from "../../../src/replication/link.ts";
import type { Message } from "../../../src/replication/message.ts";

const A: HandshakeParty = { region: "a", incarnation: "a#1-0000", peers: ["b"], secret: "s" };
const B: HandshakeParty = { region: "b", incarnation: "b#1-0000", peers: ["a"], secret: "s" };

type Say<Kind extends Message["say"]> = Extract<Message, { say: Kind }>;
const greet = (party: HandshakeParty): Say<"hello"> => hello(party, "n1") as Say<"hello">;
const reasonOf = (step: ReturnType<typeof answerHello>): string => (step.kind === "end" ? step.end.reason : "accepted");

describe("handshake", () => {
  it("opens between two that share a secret", () => {
    const welcomed = answerHello(B, greet(A), "n2", 0);
    if (welcomed.kind !== "say") throw new Error(reasonOf(welcomed));
    const proven = answerWelcome(A, "b", welcomed.messages[0] as Say<"welcome">, "n1", 0);
    if (proven.kind !== "say") throw new Error(reasonOf(proven));
    const state = welcomed.state as Extract<LinkState, { kind: "proving" }>;
    const opened = checkProof(B, state, proven.messages[0] as Say<"proof">);
    expect(opened).toMatchObject({
      kind: "say",
      messages: [{ say: "open" }],
      state: { kind: "open", peer: { region: "a" } },
    });
  });

  it("HS1: a dialler without the secret is found out by its proof, an acceptor by its welcome", () => {
    const liar = { ...A, secret: "guess" };
    const welcomed = answerHello(B, greet(liar), "n2", 0);
    if (welcomed.kind !== "say") throw new Error(reasonOf(welcomed));
    const welcome = welcomed.messages[0] as Say<"welcome">;
    expect(reasonOf(answerWelcome(liar, "b", welcome, "n1", 0))).toContain("does not prove the shared secret");
    const state = welcomed.state as Extract<LinkState, { kind: "proving" }>;
    expect(reasonOf(checkProof(B, state, { say: "proof", proof: "00" }))).toContain("does not prove the shared secret");
    // The acceptor's own proof, sent back to it, proves nothing.
    expect(reasonOf(checkProof(B, state, { say: "proof", proof: welcome.proof }))).toContain("does not prove");
  });

  it("HS2: no common version is refused, naming both", () => {
    expect(reasonOf(answerHello(B, { ...greet(A), protocolMin: 7, protocolMax: 9 }, "n2", 0))).toContain("7–9");
    expect(reasonOf(answerHello(B, { ...greet(A), batchFormat: 9 }, "n2", 0))).toContain("batch format 9");
  });

  it("HS3: a region that is not a peer is refused", () => {
    expect(reasonOf(answerHello({ ...B, peers: [] }, greet(A), "n2", 0))).toContain('region "a" is not a peer of "b"');
  });

  it("HS4: our own name on the other side is refused", () => {
    expect(reasonOf(answerHello({ ...B, region: "a" }, greet(A), "n2", 0))).toContain("two nodes call themselves");
  });

  it("HS5: an address that answers with another region is refused", () => {
    const welcomed = answerHello(B, greet(A), "n2", 0);
    if (welcomed.kind !== "say") throw new Error(reasonOf(welcomed));
    expect(reasonOf(answerWelcome(A, "c", welcomed.messages[0] as Say<"welcome">, "n1", 0))).toContain("check --peer");
  });
});
