import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../src/base/clock.ts";
import { jsonAnswer, type Answer } from "../../../src/server/rest/answer.ts";
import { contentOf, RememberedAnswers, type Turn } from "../../../src/server/rest/remembered-answers.ts";

const ANSWER = jsonAnswer(200, '{"result":1}');

function begin(idempotencyBytesMax = 1_000_000) {
  const clock = new ManualClock();
  const remembered = new RememberedAnswers({ idempotencyMs: 1_000, idempotencyBytesMax }, clock);
  const heard: (Answer | null)[] = [];
  const take = (key: string, content = "c", scope = "s"): Turn =>
    remembered.take(scope, key, content, (answer) => heard.push(answer));
  const runs = (key: string, content?: string, scope?: string) => {
    const turn = take(key, content, scope);
    if (turn.kind !== "runs") throw new Error(turn.kind);
    return turn;
  };
  return { clock, remembered, take, runs, heard };
}

describe("idempotency keys", () => {
  test("the first runs, the next ones have its answer, for the time agreed", () => {
    const { clock, take, runs, remembered } = begin();
    runs("k").finish(ANSWER);
    clock.advance(999);
    expect(take("k")).toEqual({ kind: "answered", answer: ANSWER });
    clock.advance(1);
    runs("k");
    expect(remembered.size).toBe(1);
  });

  test("one that comes while the first runs waits for its answer", () => {
    const { take, runs, heard } = begin();
    const first = runs("k");
    expect(take("k").kind).toBe("waits");
    const gone = take("k");
    if (gone.kind === "waits") gone.stop();
    first.finish(ANSWER);
    expect(heard).toEqual([ANSWER]);
  });

  test("one that was abandoned lets the next begin anew", () => {
    const { take, runs, heard, remembered } = begin();
    const first = runs("k");
    take("k");
    first.abandon();
    expect(heard).toEqual([null]);
    expect(remembered.size).toBe(0);
    runs("k");
  });

  test("tokens have keys of their own; a key for something else is refused", () => {
    const { take, runs } = begin();
    runs("k").finish(ANSWER);
    runs("k", "c", "another token").finish(ANSWER);
    expect(() => take("k", "something else")).toThrow("ERR this idempotency key belongs to a different request");
    expect(() => take("")).toThrow(/1 to 255 characters/u);
    expect(() => take("x".repeat(256))).toThrow(/1 to 255 characters/u);
  });

  test("memory is bounded: new keys are refused, none is forgotten before its time", () => {
    const { clock, take, runs, remembered } = begin(2_000);
    runs("a").finish(ANSWER);
    runs("b").finish(jsonAnswer(200, "x".repeat(2_000)));
    runs("c");
    expect(() => take("d")).toThrow("ERR too many idempotency keys are remembered, try again later");
    expect(take("a").kind).toBe("answered");
    expect(take("b")).toMatchObject({ kind: "answered", answer: { status: 409 } });
    clock.advance(1_000);
    runs("d");
    expect(remembered.size).toBe(2);
  });

  test("what runs long is not forgotten, and its time begins with its answer", () => {
    const { clock, take, runs } = begin();
    const first = runs("slow");
    runs("quick").finish(ANSWER);
    clock.advance(5_000);
    expect(take("slow").kind).toBe("waits");
    first.finish(ANSWER);
    clock.advance(900);
    expect(take("slow").kind).toBe("answered");
    runs("quick");
  });

  test("contents differ where the requests do", () => {
    const contents = [
      ["/a", "b", ""],
      ["/a", "b", "c"],
      ["/ab", "", "c"],
      ["/a", "b", Buffer.from("d")],
    ].map(contentOf);
    expect(new Set(contents).size).toBe(4);
    expect(contentOf(["/a", Buffer.from("b")])).toBe(contentOf(["/a", "b"]));
  });
});
