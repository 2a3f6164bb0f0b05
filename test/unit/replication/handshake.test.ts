import { describe, expect, it } from "vitest";
import {
  answerHello,
  answerWelcome,
  checkProof,
  hello,
  type HandshakeParty,
  type HandshakeStep,
} from "../../../src/replication/handshake.ts";
import { Identities } from "../../../src/replication/identities.ts";
import { DEFAULT_REPLICATION_LIMITS as LIMITS } from "../../../src/replication/limits.ts";
import type { LinkState } from "../../../src/replication/link.ts";
import type { Message } from "../../../src/replication/message.ts";

const A: HandshakeParty = { region: "a", incarnation: "a#1-0000", peers: ["b"], cut: [], secret: "s" };
const B: HandshakeParty = { region: "b", incarnation: "b#1-0000", peers: ["a"], cut: [], secret: "s" };

type Say<Kind extends Message["say"]> = Extract<Message, { say: Kind }>;
type State<Kind extends LinkState["kind"]> = Extract<LinkState, { kind: Kind }>;

const greeting = (nonce: string): State<"greeting"> => ({ kind: "greeting", sinceMs: 0, nonce });
const greet = (party: HandshakeParty): Say<"hello"> => hello(party, LIMITS, "n1") as Say<"hello">;
const answer = (party: HandshakeParty, said: Say<"hello">, limits = LIMITS): HandshakeStep =>
  answerHello(party, limits, greeting("n2"), said);
const accept = (party: HandshakeParty, expected: string, said: Say<"welcome">): HandshakeStep =>
  answerWelcome(party, LIMITS, greeting("n1"), expected, said);
const reasonOf = (step: HandshakeStep): string => (step.kind === "end" ? step.end.reason : "accepted");

function welcomed(acceptor = B, dialler = A, limits = LIMITS): { welcome: Say<"welcome">; state: State<"proving"> } {
  const step = answer(acceptor, greet(dialler), limits);
  if (step.kind !== "say") throw new Error(step.end.reason);
  return { welcome: step.messages[0] as Say<"welcome">, state: step.state as State<"proving"> };
}

describe("handshake", () => {
  it("opens between two that share a secret", () => {
    const { welcome, state } = welcomed();
    const proven = accept(A, "b", welcome);
    if (proven.kind !== "say") throw new Error(reasonOf(proven));
    expect(checkProof(B, state, proven.messages[0] as Say<"proof">)).toMatchObject({
      kind: "say",
      messages: [{ say: "open" }],
      state: { kind: "open", peer: { region: "a", incarnation: "a#1-0000" } },
    });
  });

  it("HS1: a dialler without the secret is found out by its proof, an acceptor by its welcome", () => {
    const liar = { ...A, secret: "guess" };
    const { welcome, state } = welcomed(B, liar);
    expect(reasonOf(accept(liar, "b", welcome))).toContain("does not prove the shared secret");
    for (const proof of ["", "00", "zz", "0".repeat(64)]) {
      expect(reasonOf(checkProof(B, state, { say: "proof", proof }))).toContain("does not prove the shared secret");
    }
    // The acceptor's own proof, sent back to it, proves nothing.
    expect(reasonOf(checkProof(B, state, { say: "proof", proof: welcome.proof }))).toContain("does not prove");
  });

  it("HS1: while the secret is changed, the other one is accepted too, on both sides", () => {
    const old = { ...A, secret: "old", otherSecrets: ["new"] };
    const young = { ...B, secret: "new", otherSecrets: ["old"] };
    for (const [dialler, acceptor] of [
      [old, young],
      [
        { ...A, secret: "new" },
        { ...B, secret: "old", otherSecrets: ["new"] },
      ],
    ] as const) {
      const { welcome, state } = welcomed(acceptor, dialler);
      const proven = accept({ ...dialler, otherSecrets: ["old", "new"] }, "b", welcome);
      if (proven.kind !== "say") throw new Error(reasonOf(proven));
      expect(checkProof(acceptor, state, proven.messages[0] as Say<"proof">).kind).toBe("say");
    }
    expect(reasonOf(accept({ ...old, otherSecrets: [] }, "b", welcomed(young, old).welcome))).toContain(
      "does not prove",
    );
  });

  it("HS1: a proof of another conversation proves nothing, and no message carries the secret", () => {
    const proven = accept(A, "b", welcomed().welcome);
    if (proven.kind !== "say") throw new Error(reasonOf(proven));
    const later = answerHello(B, LIMITS, greeting("n3"), greet(A));
    if (later.kind !== "say") throw new Error(reasonOf(later));
    const replayed = checkProof(B, later.state as State<"proving">, proven.messages[0] as Say<"proof">);
    expect(reasonOf(replayed)).toContain("does not prove");
    const secretive = { ...B, secret: "correct horse" };
    expect(JSON.stringify(answer(secretive, greet({ ...A, secret: "correct horse" })))).not.toContain("correct horse");
  });

  it.each([
    [{ protocolMin: 7, protocolMax: 9 }, "protocol 7–9 there and 1–1 here"],
    [{ protocolMin: 0, protocolMax: 0 }, "protocol 0–0 there"],
    [{ batchFormat: 9 }, "batch format 9 there, 2 here"],
  ])("HS2: %j is refused, naming both sides", (change, reason) => {
    const step = answer(B, { ...greet(A), ...change });
    expect(reasonOf(step)).toContain(reason);
    expect(step).toMatchObject({ end: { retry: false } });
  });

  it("HS2: a newer peer that still speaks our version is welcome; an answer in a version we lack is refused", () => {
    expect(answer(B, { ...greet(A), protocolMin: 1, protocolMax: 9 })).toMatchObject({
      messages: [{ say: "welcome", protocol: 1 }],
    });
    expect(reasonOf(accept(A, "b", { ...welcomed().welcome, protocol: 2 }))).toContain("chose protocol 2");
  });

  it("HS2: only features that both know are switched on", () => {
    const step = answer(B, { ...greet(A), features: ["deflate", "telepathy"] });
    expect(step).toMatchObject({ state: { terms: { features: ["deflate"] } } });
    expect(answer(B, { ...greet(A), features: [] })).toMatchObject({ state: { terms: { features: [] } } });
  });

  it("HS3: a region that is not a peer is refused, naming the flag", () => {
    expect(reasonOf(answer({ ...B, peers: [] }, greet(A)))).toBe(
      'region "a" is not a peer of "b": start it with --peer a=ws://HOST:PORT, or "antipode admin add" it',
    );
  });

  it("HS4: our own name on the other side is refused, from both sides", () => {
    expect(reasonOf(answer({ ...B, region: "a" }, greet(A)))).toContain("two nodes call themselves");
    expect(reasonOf(accept(A, "b", { ...welcomed().welcome, region: "a" }))).toContain("two nodes call themselves");
  });

  it("HS5: an address that answers with another region is refused", () => {
    expect(reasonOf(accept(A, "c", welcomed().welcome))).toContain("check --peer");
  });

  it("HS6: an incarnation of another region is refused, from both sides", () => {
    expect(reasonOf(answer(B, { ...greet(A), incarnation: "c#1-0000" }))).toContain("which is another's");
    expect(reasonOf(accept(A, "b", { ...welcomed().welcome, incarnation: "c#1-0000" }))).toContain("another's");
  });

  it("HS7: the lower limits count, on both sides", () => {
    const small = { ...LIMITS, frameBytesMax: 10_000, batchBytesMax: 20_000 };
    const { welcome, state } = welcomed(B, A, small);
    expect(state.terms).toMatchObject({ frameBytesMax: 10_000, batchBytesMax: 20_000 });
    expect(accept(A, "b", welcome)).toMatchObject({
      state: { terms: { frameBytesMax: 10_000, batchBytesMax: 20_000 } },
    });
  });
});

describe("HS6: incarnations of one region", () => {
  const meet = (identities: Identities, incarnation: string): string =>
    identities.meet({ region: "a", incarnation: `a#${incarnation}` });

  it("a restart succeeds; whom it succeeded may not return", () => {
    const identities = new Identities();
    expect(meet(identities, "1-0000")).toBe("first");
    expect(meet(identities, "1-0000")).toBe("known");
    expect(meet(identities, "2-0000")).toBe("successor");
    expect(meet(identities, "1-0000")).toBe("returned");
    expect(meet(identities, "2-0000")).toBe("known");
  });

  it("a thousand restarts cost no memory", () => {
    const identities = new Identities();
    meet(identities, "1-0000");
    for (let start = 2; start < 1_000; start++) expect(meet(identities, `${start}-0000`)).toBe("successor");
    expect(meet(identities, "998-0000")).toBe("returned");
    expect(meet(identities, "2-0000")).toBe("successor");
  });
});
