import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPattern } from "../../../src/commands/json/linear-pattern.ts";
import { readJson } from "../../../src/commands/json/json-reader.ts";
import { parsePath } from "../../../src/commands/json/path-parser.ts";
import { ReplyError } from "../../../src/resp/reply-error.ts";
import { utf8ToBinary } from "../../../src/base/bytes.ts";
import { CommandWorld } from "./command-world.ts";

const STORE = {
  store: {
    book: [
      { category: "reference", author: "Nigel Rees", title: "Sayings of the Century", price: 8.95 },
      { category: "fiction", author: "Evelyn Waugh", title: "Sword of Honour", price: 12.99, tags: ["war", "old"] },
      { category: "fiction", author: "Herman Melville", title: "Moby Dick", isbn: "0-553-21311-3", price: 9 },
    ],
    bicycle: { color: "red", price: 19.95, "in stock": true, nothing: null },
  },
  limit: 10,
  "odd.key": { "it's": 1, 'say "x"': 2 },
};

/** Path, and what it finds. */
const FINDS: readonly (readonly [string, unknown[]])[] = [
  ["$.store.book[*].author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville"]],
  ["$..author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville"]],
  ["$.store..price", [8.95, 12.99, 9, 19.95]],
  ["$..book[2].title", ["Moby Dick"]],
  ["$..book[-1:].title", ["Moby Dick"]],
  ["$..book[0,1].title", ["Sayings of the Century", "Sword of Honour"]],
  ["$..book[:2].title", ["Sayings of the Century", "Sword of Honour"]],
  ["$..book[::2].price", [8.95, 9]],
  ["$..book[1:2].price", [12.99]],
  ["$.store.book[-100].price", [8.95]],
  ["$.store.book[100].price", []],
  ["$..book[?(@.isbn)].title", ["Moby Dick"]],
  ["$..book[?@.price<10].title", ["Sayings of the Century", "Moby Dick"]],
  ["$..book[?(@.price < $.limit)].title", ["Sayings of the Century", "Moby Dick"]],
  ["$..book[?(@.price>=9 && @.price<=12.99)].price", [12.99, 9]],
  ['$..book[?(@.category=="fiction" && (@.price>10 || @.isbn))].price', [12.99, 9]],
  ["$..book[?(@.author=='Nigel Rees' || @.isbn && @.price>100)].price", [8.95]],
  ["$..book[?(@.title =~ 'of')].price", [8.95, 12.99]],
  ['$..book[?(@.title =~ "(?i)^MOBY\\\\s")].price', [9]],
  ["$..book[?(@.price!=9)].price", [8.95, 12.99]],
  ["$..book[?(@['tags'])].tags[?(@=='old')]", ["old"]],
  ["$.store.bicycle[?(@==null)]", [null]],
  ["$.store.bicycle[?(@==true)]", [true]],
  ["$.store['bicycle','nothing']['color','price']", ["red", 19.95]],
  ['$.store["bicycle"]["in stock"]', [true]],
  ["$['odd.key']['it\\'s']", [1]],
  ['$["odd.key"]["say \\"x\\""]', [2]],
  ["$.store.bicycle.*", ["red", 19.95, true, null]],
  ["$.store.book.*.isbn", ["0-553-21311-3"]],
  ["$.store.book.[0].price", [8.95]],
  ["$. store . bicycle [ 'color' ]", ["red"]],
  ["$..nothing", [null]],
  ["$.limit[?(@>5)]", [10]],
  ["$.limit.x", []],
  ["$", [STORE]],
];

const WRONG = [
  "$.",
  "$[",
  "$[]",
  "$['a]",
  "$..",
  "$[?]",
  "$[?(]",
  "$[?(@.a==)]",
  "$[1:2:0]",
  "$.a b",
  "$[1.5]",
  "$..[",
  "",
  ".",
  "..",
];

describe("paths", () => {
  test("find what RedisJSON's find", () => {
    const world = new CommandWorld();
    world.run(["json.set", "d", "$", JSON.stringify(STORE)]);
    for (const [path, values] of FINDS) {
      expect([path, JSON.parse(world.run(["json.get", "d", path]) as string)]).toEqual([path, values]);
    }
  });

  test("that make no sense are refused with the place", () => {
    for (const path of WRONG) {
      if (path === ".") continue;
      expect(() => parsePath(path), path).toThrow(ReplyError);
    }
    expect(() => parsePath("$.a[?(@.b==)]")).toThrow('Error occurred on position 11, "$.a[?(@.b== ---->>>> )]"');
    expect(() => parsePath(`$${".a".repeat(3000)}`)).toThrow("max path size exceeded. Limit: 4096 characters");
    expect(() => parsePath(`$[?${"(".repeat(100)}@${")".repeat(100)}]`)).toThrow(ReplyError);
  });

  test("that would look at too much are refused", () => {
    const world = new CommandWorld();
    world.run(["json.set", "d", "$", `${"[".repeat(100)}${"]".repeat(100)}`]);
    const path = `$${"..*".repeat(20)}`;
    expect(world.run(["json.get", "d", path])).toBe("-ERR max values visited by a path exceeded. Limit: 1000000");
  });

  test("made of anything never crash", () => {
    const world = new CommandWorld();
    world.run(["json.set", "d", "$", JSON.stringify(STORE)]);
    const piece = fc.constantFrom(
      ..."$ . .. [ ] * ? ( ) @ == =~ < > && || ! , : ' \" \\ -1 0 1 2 a book store price {} x é".split(" "),
      " ",
    );
    const path = fc.array(piece, { maxLength: 14 }).map((pieces) => utf8ToBinary(`$${pieces.join("")}`));
    fc.assert(
      fc.property(path, (text) => {
        const reply = world.run(["json.get", "d", text]);
        expect(reply).not.toBe("-ERR internal error");
        expect(world.run(["json.type", "d", text])).not.toBe("-ERR internal error");
      }),
      { seed: 11, numRuns: 1500 },
    );
  });
});

describe("patterns", () => {
  const CASES: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ["^a.c$", "abc", true],
    ["^a.c$", "abcd", false],
    ["b+", "aabba", true],
    ["(ab|cd){2}", "xabcdx", true],
    ["(ab|cd){3}", "xabcdx", false],
    ["[a-c]{2,3}?$", "xxab", true],
    ["[^a-c]", "abc", false],
    ["\\d+\\.\\d*", "v1.", true],
    ["\\bword\\b", "a word.", true],
    ["\\bword\\b", "swords", false],
    ["(?i)straße", "STRAßE", true],
    ["(?:x|y)?z", "z", true],
    ["😀+", "a😀😀", true],
    ["", "anything", true],
    ["[]a]", "]", true],
    ["(", "(", false],
    ["a{2", "aa", false],
    ["*a", "a", false],
    ["\\p{L}", "a", false],
  ];

  test("match as Rust's do; what cannot be read matches nothing", () => {
    for (const [pattern, text, matches] of CASES)
      expect([pattern, matchesPattern(pattern, text)]).toEqual([pattern, matches]);
  });

  test("take time linear in the text, whatever they say", () => {
    expect(matchesPattern("(a*)*(a*)*(a*)*b", "a".repeat(20_000))).toBe(false);
    expect(matchesPattern("(x{1000}){1000}", "x")).toBe(false);
  });

  test("agree with JavaScript's where both can read them", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "(a|b)", "(ab)");
    const times = fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}", "*?");
    const pattern = fc
      .array(fc.tuple(atom, times), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.map((one) => one.join("")).join(""));
    const text = fc.string({ unit: fc.constantFrom("a", "b", "1", "c"), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.constantFrom("", "^"), fc.constantFrom("", "$"), text, (middle, start, end, subject) => {
        const whole = start + middle + end;
        expect(matchesPattern(whole, subject)).toBe(new RegExp(whole, "u").test(subject));
      }),
      { seed: 12, numRuns: 2000 },
    );
  });
});

describe("the reader of JSON", () => {
  test("takes what JSON.parse takes, and keeps it", () => {
    const world = new CommandWorld();
    const noMinusZero = fc
      .jsonValue({ maxDepth: 5, noUnicodeString: false })
      .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
    fc.assert(
      fc.property(noMinusZero, (value) => {
        expect(world.run(["json.set", "d", "$", utf8ToBinary(JSON.stringify(value))])).toBe("+OK");
        const text = Buffer.from(world.run(["json.get", "d"]) as string, "latin1").toString("utf8");
        expect(JSON.parse(text)).toEqual(value);
      }),
      { seed: 13, numRuns: 300 },
    );
  });

  test("refuses all else, without an accident", () => {
    const piece = fc.constantFrom(...'{ } [ ] , : " \\ \\u \\ud800 1 - . e 0 true nul a \n \u0001'.split(" "));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const text = pieces.join("");
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        try {
          readJson(utf8ToBinary(text));
          expect(parses).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ReplyError);
        }
      }),
      { seed: 14, numRuns: 3000 },
    );
  });

  test("bounds what one command may bring", () => {
    const world = new CommandWorld();
    expect(world.run(["json.set", "d", "$", `"${"x".repeat(17 * 1024 * 1024)}"`])).toMatch(
      /^-ERR max JSON size exceeded/u,
    );
    expect(world.run(["json.set", "d", "$", `[${"1,".repeat(250_000)}1]`])).toMatch(/^-ERR max JSON values exceeded/u);
    expect(world.run(["json.set", "d", "$", "[".repeat(127) + "]".repeat(127)])).toBe("+OK");
    expect(world.run(["json.set", "d", `$${"[0]".repeat(126)}`, "[[[[]]]]"])).toBe("-ERR recursion limit exceeded");
  });
});
