import { describe, expect, test } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { encodeCommand } from "../../../src/resp/command-encoder.ts";
import { DEFAULT_REQUEST_LIMITS } from "../../../src/resp/request-limits.ts";
import { Inbox } from "../../../src/server/resp/inbox.ts";
import { bytes, cutAtRandom, forSeeds, randomBytesText } from "../resp/chunks.ts";

/** An inbox whose chunks all come in one buffer, which is overwritten after each, as a socket's is. */
class BorrowingInbox {
  readonly inbox = new Inbox(DEFAULT_REQUEST_LIMITS);
  readonly commands: string[][] = [];
  #shared = Buffer.alloc(64 * 1024);

  /** `most` commands are run before the buffer changes. */
  push(chunk: Buffer, most: number): void {
    if (this.#shared.length < chunk.length) this.#shared = Buffer.alloc(chunk.length);
    this.#shared.set(chunk);
    const borrowed = this.#shared.subarray(0, chunk.length);
    this.inbox.push(borrowed);
    this.run(most);
    this.inbox.keep(borrowed);
    borrowed.fill("*");
  }

  run(most: number): void {
    for (let count = 0; count < most; count++) {
      const argv = this.inbox.next();
      if (argv === null) return;
      this.commands.push(argv);
    }
  }
}

const LENGTHS = [40, 40, 40, 5_000, 31_000, 33_000, 100_000];

function command(random: Random): { readonly text: string; readonly words: string[] } {
  if (random.below(6) === 0) return { text: "  SET \"a b\" 'c' \r\n", words: ["SET", "a b", "c"] };
  const words = Array.from({ length: 1 + random.below(4) }, () =>
    randomBytesText(random, LENGTHS[random.below(LENGTHS.length)]!),
  );
  return { text: encodeCommand(words), words };
}

describe("chunks in a buffer that is overwritten", () => {
  test("give the same commands however they are cut and however many wait, by 100 seeds", () => {
    forSeeds(100, seededRandom, (random) => {
      const commands = Array.from({ length: 1 + random.below(12) }, () => command(random));
      const borrowing = new BorrowingInbox();
      for (const chunk of cutAtRandom(commands.map(({ text }) => text).join(""), random)) {
        // A command that waits, or a connection that had its share, leaves some for later; and later may be between chunks.
        borrowing.push(chunk, random.below(3) === 0 ? Infinity : random.below(3));
        if (random.below(4) === 0) borrowing.run(random.below(3));
      }
      borrowing.run(Infinity);
      expect(borrowing.commands).toEqual(commands.map(({ words }) => words));
      expect(borrowing.inbox.waitingBytes).toBe(0);
    });
  });

  test("byte by byte too, while nothing is run and while all is", () => {
    const text = encodeCommand(["SET", "key", "a value of some length"]) + "PING x\r\n" + encodeCommand(["GET", "key"]);
    for (const most of [0, Infinity]) {
      const borrowing = new BorrowingInbox();
      for (const character of text) borrowing.push(bytes(character), most);
      borrowing.run(Infinity);
      expect(borrowing.commands).toEqual([
        ["SET", "key", "a value of some length"],
        ["PING", "x"],
        ["GET", "key"],
      ]);
    }
  });

  test("are not copied again with every chunk that follows: twice the chunks take about twice the work", () => {
    const chunk = bytes(encodeCommand(["SET", "key", "v".repeat(1_000)]).repeat(60));
    const run = (chunks: number): number => {
      const borrowing = new BorrowingInbox();
      const started = process.cpuUsage();
      for (let count = 0; count < chunks; count++) borrowing.push(chunk, count === 0 ? 1 : 0);
      borrowing.run(Infinity);
      expect(borrowing.commands).toHaveLength(60 * chunks);
      return process.cpuUsage(started).user;
    };
    run(50);
    // Quadratic work would take sixteen times as long: gigabytes copied.
    expect(run(800)).toBeLessThan(Math.max(12 * run(200), 1_500_000));
  });
});
