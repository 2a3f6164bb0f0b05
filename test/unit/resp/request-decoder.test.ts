import { describe, expect, test } from "vitest";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { encodeCommand } from "../../../src/resp/command-encoder.ts";
import { ProtocolError } from "../../../src/resp/protocol-error.ts";
import { RequestDecoder } from "../../../src/resp/request-decoder.ts";
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from "../../../src/resp/request-limits.ts";
import { bytes, cutAtRandom, forSeeds, randomBytesText } from "./chunks.ts";

/** Commands up to the first error, and that error. */
interface Decoded {
  readonly commands: string[][];
  readonly error: string | null;
}

function decode(chunks: readonly Buffer[], limits: Partial<RequestLimits> = {}, authenticated = true): Decoded {
  const decoder = new RequestDecoder({ ...DEFAULT_REQUEST_LIMITS, ...limits });
  decoder.authenticated = authenticated;
  const commands: string[][] = [];
  try {
    for (const chunk of chunks) {
      decoder.feed(chunk);
      for (let argv = decoder.next(); argv !== null; argv = decoder.next()) commands.push(argv);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { commands, error: error.message };
  }
  return { commands, error: null };
}

const whole = (text: string, limits: Partial<RequestLimits> = {}): Decoded => decode([bytes(text)], limits);
const byteByByte = (text: string): Buffer[] => Array.from(text, (character) => bytes(character));

describe("commands", () => {
  test("an array of bulk strings", () => {
    expect(whole("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")).toEqual({ commands: [["GET", "k"]], error: null });
  });

  test("arguments are bytes, of any length from none to some more than the short ones", () => {
    const words = Array.from({ length: 20 }, (_, length) => "\0\r\n\xff*$-1".repeat(4).slice(0, length));
    expect(whole(encodeCommand(words)).commands).toEqual([words]);
  });

  test("however many arguments there are, and after a command with another number of them", () => {
    const commands = [1, 16, 17, 3, 40, 2, 16].map((words) => Array.from({ length: words }, (_, at) => `word ${at}`));
    const text = commands.map((words) => encodeCommand(words)).join("");
    expect(whole(text).commands).toEqual(commands);
    expect(decode(byteByByte(text)).commands).toEqual(commands);
  });

  test("a pipeline of both forms, with empty commands between", () => {
    const text = "*1\r\n$4\r\nPING\r\n\r\n*0\r\n*-1\r\n*-5\r\n  \r\nGET k\n*1\r\n$4\r\nECHO\r\n";
    expect(whole(text).commands).toEqual([["PING"], ["GET", "k"], ["ECHO"]]);
  });

  test("what stands where a line end belongs after an argument is not looked at, as in Redis", () => {
    expect(whole("*1\r\n$4\r\nPINGxx*1\r\n$1\r\na\r\n").commands).toEqual([["PING"], ["a"]]);
  });

  test("an argument does not keep the chunk it came in", () => {
    const chunk = bytes(encodeCommand(["SET", "k", "value-longer-than-short"]));
    const decoder = new RequestDecoder();
    decoder.feed(chunk);
    const argv = decoder.next()!;
    chunk.fill(0);
    expect(argv).toEqual(["SET", "k", "value-longer-than-short"]);
    expect(decoder.next()).toBeNull();
    expect(decoder.pendingBytes).toBe(0);
  });

  test("half a command is pending, and nothing is given out", () => {
    const decoder = new RequestDecoder();
    decoder.feed(bytes("*2\r\n$3\r\nGET\r\n$5\r\nab"));
    expect(decoder.next()).toBeNull();
    expect(decoder.pendingBytes).toBe(2);
    decoder.feed(bytes("cde\r\n"));
    expect(decoder.next()).toEqual(["GET", "abcde"]);
  });
});

describe("any cutting of a stream gives the same commands", () => {
  const command = (random: Random): string => {
    if (random.below(5) === 0)
      return ["PING\r\n", "\r\n", "  SET \"a b\" 'c' \n", "*0\r\n", "*-1\r\n"][random.below(5)]!;
    const words = Array.from({ length: 1 + random.below(5) }, () => randomBytesText(random, 40));
    if (random.below(20) === 0) words.push(randomBytesText(random, 100_000));
    return encodeCommand(words);
  };

  test("valid ones, by 400 seeds", () => {
    forSeeds(400, seededRandom, (random) => {
      const text = Array.from({ length: 1 + random.below(8) }, () => command(random)).join("");
      const expected = whole(text);
      expect(expected.error).toBeNull();
      expect(decode(cutAtRandom(text, random))).toEqual(expected);
    });
  });

  test("and the same error, where there is one", () => {
    const broken = ["*x\r\n", "*1\r\n+OK\r\n", "*1\r\n$-1\r\n", "*1\r\n$01\r\n", 'a "b\r\n', "*9999999999\r\n"];
    forSeeds(200, seededRandom, (random) => {
      const text = command(random) + broken[random.below(broken.length)]! + command(random);
      const expected = whole(text);
      expect(expected.error).not.toBeNull();
      expect(decode(cutAtRandom(text, random))).toEqual(expected);
      expect(decode(byteByByte(text.slice(0, 2_000)))).toEqual(whole(text.slice(0, 2_000)));
    });
  });

  test("noise never makes it throw anything but a protocol error", () => {
    forSeeds(500, seededRandom, (random) => {
      const text = randomBytesText(random, 300);
      decode(cutAtRandom(random.below(2) === 0 ? `*3\r\n$1\r\na\r\n${text}` : text, random));
    });
  });
});

describe("errors in Redis' words", () => {
  test.each([
    ["*3000000000\r\n", "invalid multibulk length"],
    ["*1048577\r\n", "invalid multibulk length"],
    ["*99999999999999999999999\r\n", "invalid multibulk length"],
    ["*-9223372036854775809\r\n", "invalid multibulk length"],
    ["*\r\n", "invalid multibulk length"],
    ["*01\r\n", "invalid multibulk length"],
    ["*+1\r\n", "invalid multibulk length"],
    ["*-0\r\n", "invalid multibulk length"],
    ["*1 \r\n", "invalid multibulk length"],
    ["*a\r\n", "invalid multibulk length"],
    ["*1\r\n$2000000000\r\n", "invalid bulk length"],
    ["*1\r\n$536870889\r\n", "invalid bulk length"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$\r\n", "invalid bulk length"],
    ["*1\r\n$00\r\n", "invalid bulk length"],
    ["*1\r\n$1a\r\n", "invalid bulk length"],
    ["*1\r\n+PING\r\n", "expected '$', got '+'"],
    ["*1\r\nPING\r\n", "expected '$', got 'P'"],
    ["*2\r\n$1\r\na\r\n:1\r\n", "expected '$', got ':'"],
    ['SET "a\r\n', "unbalanced quotes in request"],
    ["x".repeat(65_537), "too big inline request"],
    ["*".padEnd(65_538, "1"), "too big mbulk count string"],
    ["*1\r\n$".padEnd(65_542, "1"), "too big bulk count string"],
  ])("%.30j: %s", (text, error) => {
    expect(whole(text)).toEqual({ commands: [], error });
    expect(decode([bytes(text.slice(0, 3)), bytes(text.slice(3))])).toEqual({ commands: [], error });
  });

  test.each(["*9223372036854775807\r\n", "*2147483648\r\n"])("%j", (text) => {
    expect(whole(text).error).toBe("invalid multibulk length");
  });

  test("the smallest 64-bit count is an empty command", () => {
    expect(whole("*-9223372036854775808\r\nPING\r\n")).toEqual({ commands: [["PING"]], error: null });
  });

  test("commands before the error are given out", () => {
    expect(whole("PING\r\n*1\r\n!")).toEqual({ commands: [["PING"]], error: null });
    expect(whole("PING\r\n*1\r\n!\r\n")).toEqual({ commands: [["PING"]], error: "expected '$', got '!'" });
  });

  test("lines just within the limit only wait", () => {
    for (const start of ["x", "*", "*1\r\n$"]) {
      const line = start.slice(-1).padEnd(65_536, "1");
      expect(whole(start.slice(0, -1) + line)).toEqual({ commands: [], error: null });
    }
  });
});

describe("limits", () => {
  test("who has not authenticated sends ten words of 16 KB at most", () => {
    const asStranger = (text: string): Decoded => decode([bytes(text)], {}, false);
    const ten = Array.from({ length: 10 }, () => "w");
    expect(asStranger(encodeCommand(ten)).commands).toEqual([ten]);
    expect(asStranger(encodeCommand([...ten, "w"])).error).toBe("unauthenticated multibulk length");
    const long = "p".repeat(16_384);
    expect(asStranger(encodeCommand(["AUTH", long])).commands).toEqual([["AUTH", long]]);
    expect(asStranger(encodeCommand(["AUTH", `${long}p`])).error).toBe("unauthenticated bulk length");
    expect(asStranger("*1\r\n$100000000\r\n").error).toBe("unauthenticated bulk length");
  });

  test("authenticating lifts them for the next command", () => {
    const decoder = new RequestDecoder();
    decoder.authenticated = false;
    const many = Array.from({ length: 50 }, () => "w");
    decoder.feed(bytes(encodeCommand(["AUTH", "p"]) + encodeCommand(many)));
    expect(decoder.next()).toEqual(["AUTH", "p"]);
    decoder.authenticated = true;
    expect(decoder.next()).toEqual(many);
  });

  test.each([
    ["arguments", { argumentsMax: 2 }, ["a", "b", "c"], "invalid multibulk length"],
    ["bytes of an argument", { bulkBytesMax: 3 }, ["a", "bcde"], "invalid bulk length"],
    ["bytes of a command", { commandBytesMax: 30 }, ["abcdef", "abcdef", "abcdef"], "too big request"],
  ])("%s can be set lower, however the command is cut", (_, limits, words, error) => {
    const text = encodeCommand(words);
    expect(whole(text, limits)).toEqual({ commands: [], error });
    expect(decode(byteByByte(text), limits)).toEqual({ commands: [], error });
    expect(whole(encodeCommand(["a", "b"]), limits)).toEqual({ commands: [["a", "b"]], error: null });
  });

  test("a command too large as a whole is refused when that is announced, not when it has come", () => {
    const big = "$400000000\r\n";
    const decoder = new RequestDecoder({ ...DEFAULT_REQUEST_LIMITS, commandBytesMax: 700_000_000 });
    decoder.feed(bytes(`*3\r\n$3\r\nSET\r\n${big}`));
    expect(decoder.next()).toBeNull();
    expect(decode([bytes(`*2\r\n$5\r\nabcde\r\n${big}`)], { commandBytesMax: 300_000_000 }).error).toBe(
      "too big request",
    );
  });

  test("no limit can be set beyond the longest string", () => {
    expect(whole("*1\r\n$600000000\r\n", { bulkBytesMax: 2 ** 40 }).error).toBe("invalid bulk length");
  });

  test("an announcement allocates nothing", () => {
    const before = process.memoryUsage();
    const decoders = Array.from({ length: 200 }, () => {
      const decoder = new RequestDecoder();
      decoder.feed(bytes("*1000000\r\n$500000000\r\nabc"));
      expect(decoder.next()).toBeNull();
      return decoder;
    });
    const after = process.memoryUsage();
    expect(decoders).toHaveLength(200);
    expect(after.external + after.heapTotal - before.external - before.heapTotal).toBeLessThan(100_000_000);
  });
});

describe("a long argument in many chunks", () => {
  test("comes out whole, and twice the chunks take about twice the work", () => {
    const piece = Buffer.from("0123456789abcdef".repeat(64), "latin1");
    const run = (chunks: number): number => {
      const decoder = new RequestDecoder();
      const started = process.cpuUsage();
      decoder.feed(bytes(`*2\r\n$4\r\nECHO\r\n$${chunks * piece.length}\r\n`));
      for (let index = 0; index < chunks; index++) {
        decoder.feed(piece);
        expect(decoder.next()).toBeNull();
      }
      decoder.feed(bytes("\r\n"));
      const argv = decoder.next()!;
      expect(argv[1]!.length).toBe(chunks * piece.length);
      expect(argv[1]!.endsWith("cdef")).toBe(true);
      return process.cpuUsage(started).user;
    };
    run(2_000);
    // Quadratic work would take sixteen times as long, and seconds.
    expect(run(16_000)).toBeLessThan(Math.max(12 * run(4_000), 1_500_000));
  });

  test("its line end may come apart from it", () => {
    const value = "v".repeat(40_000);
    const text = encodeCommand(["SET", "k", value]) + encodeCommand(["GET", "k"]);
    for (const cut of [1, 2, 3, 4].map((back) => text.length - encodeCommand(["GET", "k"]).length - back)) {
      expect(decode([bytes(text.slice(0, 100)), bytes(text.slice(100, cut)), bytes(text.slice(cut))]).commands).toEqual(
        [
          ["SET", "k", value],
          ["GET", "k"],
        ],
      );
    }
  });
});
