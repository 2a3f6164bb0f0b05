import { array, assert, constantFrom, integer, oneof, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestScanner, type ScannedCommand } from "../../../src/router/resp/request-scanner.ts";
import { ReplyScanner } from "../../../src/router/resp/reply-scanner.ts";
import { keepsWords, SessionMemory } from "../../../src/router/resp/session-memory.ts";
import { encodeCommand } from "../../../src/resp/command-encoder.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** Feeds a text in pieces of the given sizes. */
function feedInPieces(text: string, sizes: readonly number[], feed: (chunk: Buffer) => void): void {
  let [at, piece] = [0, 0];
  while (at < text.length) {
    const size = sizes[piece++ % sizes.length]!;
    feed(bytes(text.slice(at, at + size)));
    at += size;
  }
}

const pieces = array(integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

function scanned(text: string, sizes: readonly number[] = [text.length]): [ScannedCommand[], RequestScanner] {
  const commands: ScannedCommand[] = [];
  const scanner = new RequestScanner(keepsWords, (command) => commands.push(command));
  feedInPieces(text, sizes, (chunk) => scanner.feed(chunk));
  return [commands, scanner];
}

describe("commands found in a stream", () => {
  const COMMANDS = [
    encodeCommand(["auth", "user", "p\r\nw*1"]),
    encodeCommand(["SET", "k", "\r\n*1\r\n$4\r\nPING\r\n"]),
    "*0\r\n",
    "select 3\r\n",
    "\r\n",
    encodeCommand(["client", "SETNAME", ""]),
    encodeCommand(["x".repeat(100), "a"]),
    "PING\n",
  ];
  const FOUND = [
    { name: "AUTH", words: ["auth", "user", "p\r\nw*1"] },
    { name: "SET", words: null },
    { name: "SELECT", words: ["select", "3"] },
    { name: "CLIENT", words: ["client", "SETNAME", ""] },
    { name: "", words: null },
    { name: "PING", words: null },
  ];

  test("are the same however it is cut, and values are never taken for commands", () => {
    assert(
      property(pieces, (sizes) => {
        const [commands, scanner] = scanned(COMMANDS.join(""), sizes);
        expect(commands).toEqual(FOUND);
        expect(scanner.isBetweenCommands).toBe(true);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test.each(["*2\r\n$3\r\nGET\r\n", "*1\r\n$4\r\nPI", "PIN", "*2\r\n$3\r\nGET\r\n$5\r\nabc"])(
    "half of one is known as such: %j",
    (text) => {
      const [commands, scanner] = scanned(text);
      expect(commands).toEqual([]);
      expect([scanner.understands, scanner.isBetweenCommands]).toEqual([true, false]);
    },
  );

  test.each([
    "*x\r\n",
    "*1\r\nPING\r\n",
    "*1\r\n$-5\r\n",
    "*-1\r\n",
    "*1\n$4\nPING\n",
    'SET "a\r\n',
    `*${"9".repeat(40)}\r\n`,
    "y".repeat(70_000),
  ])("what is not plain RESP is not understood: %#", (text) => {
    const [, scanner] = scanned(text);
    expect([scanner.understands, scanner.isBetweenCommands]).toEqual([false, false]);
  });

  test("words are kept up to a bound", () => {
    expect(scanned(encodeCommand(["AUTH", "u".repeat(20_000)]))[0]).toEqual([{ name: "AUTH", words: null }]);
  });
});

describe("replies counted in a stream", () => {
  const REPLIES: readonly (readonly [string, boolean | null])[] = [
    ["+OK\r\n", false],
    [`-ERR ${"long ".repeat(50)}\r\n`, true],
    [":1\r\n", false],
    ["$-1\r\n", false],
    ["*-1\r\n", false],
    ["$0\r\n\r\n", false],
    ["$9\r\n+a\r\n-b\r\nc\r\n", false],
    ["*0\r\n", false],
    ["*3\r\n:1\r\n*2\r\n$1\r\na\r\n*0\r\n-ERR inner\r\n", false],
    ["%1\r\n+k\r\n~2\r\n#t\r\n_\r\n", false],
    [">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n", null],
    ["|1\r\n+ttl\r\n:3\r\n*1\r\n|1\r\n+a\r\n+b\r\n,1.5\r\n", false],
    ["!5\r\nERR x\r\n", true],
    ["=7\r\ntxt:abc\r\n", false],
  ];

  test("with or without an error, however it is cut; pushes are none", () => {
    assert(
      property(pieces, array(constantFrom(...REPLIES), { maxLength: 30 }), (sizes, replies) => {
        const seen: boolean[] = [];
        const scanner = new ReplyScanner((isError) => seen.push(isError));
        feedInPieces(replies.map(([text]) => text).join(""), sizes, (chunk) => scanner.feed(chunk));
        expect(seen).toEqual(replies.flatMap(([, isError]) => (isError === null ? [] : [isError])));
        expect(scanner.isBetweenReplies).toBe(true);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test("half of one is known as such", () => {
    for (const [text] of REPLIES) {
      for (let length = 1; length < text.length; length++) {
        const scanner = new ReplyScanner(() => {});
        scanner.feed(bytes(text.slice(0, length)));
        expect(scanner.isBetweenReplies, text.slice(0, length)).toBe(false);
      }
    }
  });

  test.each(["HTTP/1.1 400\r\n", "$x\r\n", "$?\r\n", "+OK\n", "*1\r\n".repeat(100)])(
    "garbage is not understood: %#",
    (text) => {
      const scanner = new ReplyScanner(() => {});
      scanner.feed(bytes(text));
      expect(scanner.understands).toBe(false);
    },
  );
});

test("whatever bytes come, both scanners take them, and claim nothing of what they do not understand", () => {
  const parts = array(
    oneof(
      uint8Array({ maxLength: 20 }).map((some) => Buffer.from(some).latin1Slice()),
      constantFrom(
        "*1\r\n",
        "$4\r\n",
        "PING\r\n",
        "\r\n",
        "*-1\r\n",
        "%2\r\n",
        "|1\r\n",
        ">1\r\n",
        ":1\r\n",
        "+OK\r\n",
        '"',
      ),
    ),
    { maxLength: 30 },
  );
  assert(
    property(pieces, parts, (sizes, texts) => {
      const [commands, scanner] = scanned(texts.join(""), sizes);
      expect(commands.length).toBeLessThanOrEqual(texts.join("").length);
      if (!scanner.understands) expect(scanner.isBetweenCommands).toBe(false);
      const replies = new ReplyScanner(() => {});
      feedInPieces(texts.join(""), sizes, (chunk) => replies.feed(chunk));
      if (!replies.understands) expect(replies.isBetweenReplies).toBe(false);
    }),
    { seed: 11, numRuns: 500 },
  );
});

/** What happens to a session: commands, each with whether its reply is an error; null: no reply yet. */
function remember(...steps: readonly (readonly [string, boolean | null])[]): SessionMemory {
  const memory = new SessionMemory();
  const scanner = new RequestScanner(keepsWords, (command) => memory.sent(command));
  for (const [line, isError] of steps) {
    scanner.feed(bytes(`${line}\r\n`));
    if (isError !== null) memory.answered(isError);
  }
  return memory;
}

describe("what is remembered of a session", () => {
  test("is what another region must be told, in an order that works", () => {
    const memory = remember(
      ["AUTH old wrong", true],
      ["HELLO 3 AUTH alice secret SETNAME worker", false],
      ["SELECT 4", false],
      ["SELECT 99", true],
      ["CLIENT SETINFO lib-name x", false],
      ["CLIENT SETINFO LIB-NAME y", false],
      ["CLIENT NO-EVICT on", false],
      ["GET k", false],
    );
    expect(memory.canMove).toBe(true);
    expect(memory.introduction()).toEqual([
      ["AUTH", "alice", "secret"],
      ["HELLO", "3"],
      ["CLIENT", "SETNAME", "worker"],
      ["CLIENT", "SETINFO", "LIB-NAME", "y"],
      ["CLIENT", "NO-EVICT", "on"],
      ["SELECT", "4"],
    ]);
  });

  test("RESET forgets it all, a plain session has nothing", () => {
    expect(remember(["GET k", false]).introduction()).toEqual([]);
    const memory = remember(["AUTH pw", false], ["MULTI", false], ["RESET", false]);
    expect([memory.canMove, memory.introduction()]).toEqual([true, []]);
  });

  test.each<[string, [string, boolean | null][], boolean]>([
    ["a command without its reply", [["GET k", null]], false],
    [
      "two of them, one answered",
      [
        ["GET k", null],
        ["GET l", false],
      ],
      false,
    ],
    [
      "MULTI",
      [
        ["MULTI", false],
        ["SET k v", false],
      ],
      false,
    ],
    ["MULTI that was refused", [["MULTI", true]], true],
    [
      "EXEC",
      [
        ["MULTI", false],
        ["EXEC", false],
      ],
      true,
    ],
    [
      "EXEC that was aborted",
      [
        ["WATCH k", false],
        ["MULTI", false],
        ["EXEC", true],
      ],
      true,
    ],
    [
      "DISCARD",
      [
        ["WATCH k", false],
        ["MULTI", false],
        ["DISCARD", false],
      ],
      true,
    ],
    ["WATCH", [["WATCH k", false]], false],
    [
      "WATCH, and EXEC without MULTI",
      [
        ["WATCH k", false],
        ["EXEC", true],
      ],
      false,
    ],
    [
      "UNWATCH",
      [
        ["WATCH k", false],
        ["UNWATCH", false],
      ],
      true,
    ],
    [
      "UNWATCH queued",
      [
        ["WATCH k", false],
        ["MULTI", false],
        ["UNWATCH", false],
      ],
      false,
    ],
    [
      "SELECT in a transaction",
      [
        ["MULTI", false],
        ["SELECT 1", false],
        ["EXEC", false],
      ],
      false,
    ],
    ["SUBSCRIBE", [["SUBSCRIBE c", false]], false],
    ["MONITOR", [["MONITOR", false]], false],
    ["tracking", [["CLIENT TRACKING on", false]], false],
    ["CLIENT REPLY", [["CLIENT REPLY off", null]], false],
    ["CLIENT LIST", [["CLIENT LIST", false]], true],
    [
      "a reply nobody asked for",
      [
        ["GET k", false],
        ["", false],
      ],
      false,
    ],
  ])("%s", (_says, steps, canMove) => {
    expect(remember(...steps).canMove).toBe(canMove);
  });
});
