import { describe, expect, it } from "vitest";
import { OutputQueue } from "../../../src/server/resp/output-queue.ts";

function taken(queue: OutputQueue): string {
  let all = "";
  while (queue.isReady) all += queue.take();
  return all;
}

describe("replies on their way out", () => {
  it("leave in order, each when what it tells is durable", () => {
    const queue = new OutputQueue();
    queue.reply("a", 2, 0);
    queue.reply("b", 0, 0);
    queue.reply("c", 3, 0);
    queue.push("!");
    queue.release(1);
    expect(taken(queue)).toBe("");
    queue.release(2);
    expect(taken(queue)).toBe("ab");
    queue.release(3);
    expect(taken(queue)).toBe("c!");
    expect(queue.bytes).toBe(0);
  });

  it("are asked again when they are let go, if they had to be held: others stay what they are", () => {
    const queue = new OutputQueue();
    let stands = true;
    const instead = (): string | null => (stands ? null : "?");
    queue.reply("at once", 1, 1, instead);
    for (const lsn of [2, 3]) {
      queue.reply("a", lsn, 1);
      queue.reply("b", lsn, 1, instead);
      queue.reply("c", lsn, 1);
      queue.reply("long", lsn, 1, instead, ["er"]);
    }
    queue.release(2);
    expect(taken(queue)).toBe("at onceabclonger");
    stands = false;
    queue.release(3);
    expect(taken(queue)).toBe("a?c?");
    expect(queue.bytes).toBe(0);
  });

  it("are all unknown when the log fails, and asked nothing", () => {
    const queue = new OutputQueue();
    queue.reply("a", 2, 0);
    queue.reply("b", 2, 0, () => "no");
    queue.push("!");
    queue.abandon("?");
    expect(taken(queue)).toBe("??!");
  });
});
