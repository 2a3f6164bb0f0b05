import { describe, expect, test } from "vitest";
import { binaryToUtf8, utf8ToBinary } from "../../../src/base/bytes.ts";
import { seededRandom, type Random } from "../../../src/base/random.ts";
import { parseCommand, parseCommands } from "../../../src/server/rest/json-arguments.ts";
import { RestError } from "../../../src/server/rest/rest-error.ts";
import { DEFAULT_REST_LIMITS as LIMITS } from "../../../src/server/rest/rest-limits.ts";

const command = (text: string | Buffer): string[] => parseCommand(Buffer.from(text as string), LIMITS);
const commands = (text: string): string[][] => parseCommands(Buffer.from(text), LIMITS);

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RestError) return `${error.status} ${error.message}`;
    throw error;
  }
  return "accepted";
}

describe("a command in a JSON body", () => {
  test("a string is read whole at any length, and refused at any length with a control character or without its end", () => {
    for (let length = 0; length < 130; length++) {
      const text = "é".repeat(length % 3) + "x".repeat(length);
      expect(command(`["${text}","b"]`)).toEqual([utf8ToBinary(text), "b"]);
      expect(command(`["${text}\\n"]`)).toEqual([`${utf8ToBinary(text)}\n`]);
      expect(refusal(() => command(`["${text}\u0001"]`))).toMatch(/^400 ERR failed to parse/u);
      expect(refusal(() => command(`["${text}`))).toMatch(/^400 ERR failed to parse/u);
    }
  });

  test("strings, numbers and booleans are arguments", () => {
    expect(command('["SET","k","v"]')).toEqual(["SET", "k", "v"]);
    expect(command(' [ "a" ,\t1 ,\r\n true,false ] \n')).toEqual(["a", "1", "true", "false"]);
  });

  test.each(["0", "-0", "9007199254740993", "-9223372036854775808", "1.10", "1e400", "1E+2", "-0.5e-7"])(
    "the number %s keeps its source text",
    (number) => {
      expect(command(`["x",${number}]`)).toEqual(["x", number]);
    },
  );

  test("strings are the bytes of their UTF-8, with every escape of JSON", () => {
    const text = 'ü€😀\u2028"\\/\b\f\n\r\t\u0000 ';
    expect(command(JSON.stringify(["a", text]))).toEqual(["a", utf8ToBinary(text)]);
    expect(command('["\\u00fc\\u20AC\\ud83d\\ude00\\/"]')).toEqual([utf8ToBinary("ü€😀/")]);
    expect(command('["ends in a backslash \\\\","\\"","plain"]')).toEqual(["ends in a backslash \\", '"', "plain"]);
  });

  test("half a surrogate pair, and bytes that are not UTF-8, become U+FFFD", () => {
    expect(command('["\\ud800","x\\udc00y"]').map(binaryToUtf8)).toEqual(["\ufffd", "x\ufffdy"]);
    const body = Buffer.from([0x5b, 0x22, 0x61, 0xff, 0x22, 0x2c, 0x22, 0xe2, 0x82, 0x22, 0x5d]);
    expect(command(body).map(binaryToUtf8)).toEqual(["a\ufffd", "\ufffd"]);
  });

  test.each([
    ["[]", "400 ERR empty command"],
    ['["GET",null]', "400 ERR null args are not supported"],
    ['["GET",[]]', "400 ERR unsupported arg type"],
    ['["GET",{"a":1}]', "400 ERR unsupported arg type"],
    ["", "400 ERR failed to parse"],
    ["{}", "400 ERR failed to parse"],
    ['"GET"', "400 ERR failed to parse"],
    ['["GET"', "400 ERR failed to parse"],
    ['["GET",]', "400 ERR failed to parse"],
    ['["GET" "k"]', "400 ERR failed to parse"],
    ['["GET"]]', "400 ERR failed to parse"],
    ['["GET"] x', "400 ERR failed to parse"],
    ['["GET]', "400 ERR failed to parse"],
    ['["GET\\"]', "400 ERR failed to parse"],
    ['["\\x41"]', "400 ERR failed to parse"],
    ['["\\u12"]', "400 ERR failed to parse"],
    ['["a\nb"]', "400 ERR failed to parse"],
    ['["a\\t\nb"]', "400 ERR failed to parse"],
    ["['GET']", "400 ERR failed to parse"],
    ["[01]", "400 ERR failed to parse"],
    ["[+1]", "400 ERR failed to parse"],
    ["[1.]", "400 ERR failed to parse"],
    ["[.5]", "400 ERR failed to parse"],
    ["[0x10]", "400 ERR failed to parse"],
    ["[NaN]", "400 ERR failed to parse"],
    ["[truely]", "400 ERR failed to parse"],
    ["[1true]", "400 ERR failed to parse"],
    ["[,]", "400 ERR failed to parse"],
  ])("%j is refused: %s", (text, error) => {
    expect(refusal(() => command(text))).toContain(error);
  });

  test("a refusal says where", () => {
    expect(refusal(() => command('["SET",oops]'))).toMatch(/at byte 7$/u);
  });

  test("arguments are strings of their own, not views of the body", () => {
    const body = Buffer.from('["SET","a key of some length"]');
    const argv = parseCommand(body, LIMITS);
    body.fill(0x78);
    expect(argv).toEqual(["SET", "a key of some length"]);
  });

  test("the number of arguments and commands is bounded while reading", () => {
    const limits = { argumentsMax: 3, pipelineCommandsMax: 2 };
    const bounded = (text: string): string => refusal(() => parseCommand(Buffer.from(text), limits));
    expect(bounded("[1,2,3]")).toBe("accepted");
    expect(bounded("[1,2,3,4]")).toBe("400 ERR max arguments exceeded. Limit: 3, Actual: 4");
    const three = Buffer.from("[[1],[2],[3]]");
    expect(refusal(() => parseCommands(three, limits))).toBe(
      "400 ERR max pipeline commands exceeded. Limit: 2, Actual: 3",
    );
  });

  test("brackets without end cost no stack", () => {
    expect(refusal(() => command("[".repeat(1_000_000)))).toContain("ERR unsupported arg type");
    expect(refusal(() => commands("[".repeat(1_000_000)))).toContain("ERR unsupported arg type");
  });
});

describe("commands in a JSON body", () => {
  test("an array of arrays", () => {
    expect(commands('[["SET","a",1],["GET","a"]]')).toEqual([
      ["SET", "a", "1"],
      ["GET", "a"],
    ]);
  });

  test.each([
    ["[]", "ERR empty command"],
    ["[[]]", "ERR empty command"],
    ['[["GET","a"],[]]', "ERR empty command"],
    ['["GET","a"]', "ERR failed to parse"],
    ['[["GET",["a"]]]', "ERR unsupported arg type"],
    ['[["GET","a"],null]', "ERR failed to parse"],
  ])("%j is refused: %s", (text, error) => {
    expect(refusal(() => commands(text))).toContain(error);
  });
});

describe("against JSON.parse", () => {
  const WORDS = [
    "",
    "GET",
    "k",
    "ü",
    "😀",
    '"',
    "\\",
    "\n",
    "\u0000",
    "\u2029",
    "x".repeat(40),
    "a/b",
    "\ud83d\ude00z",
  ];

  function value(random: Random): unknown {
    const kind = random.below(6);
    if (kind === 0) return random.below(2) === 0;
    if (kind === 1) return random.below(2_000_001) - 1_000_000;
    if (kind === 2) return (random.below(2_000_001) - 1_000_000) / 1024;
    return Array.from({ length: random.below(4) }, () => WORDS[random.below(WORDS.length)]!).join("");
  }

  test("what a JSON writer makes is read the same", () => {
    const random = seededRandom(11);
    for (let round = 0; round < 3_000; round++) {
      const values = Array.from({ length: 1 + random.below(5) }, () => value(random));
      const text = random.below(2) === 0 ? JSON.stringify(values) : JSON.stringify(values, null, 2);
      expect(command(text).map(binaryToUtf8), `round ${round}: ${text}`).toEqual(values.map(String));
    }
  });

  test("a damaged text is accepted only when JSON.parse accepts it, and then read the same", () => {
    const random = seededRandom(12);
    const bytes = '[]{},:"\\ \n0123456789-+.eEtruefalsn/x';
    let accepted = 0;
    for (let round = 0; round < 20_000; round++) {
      const values = Array.from({ length: 1 + random.below(3) }, () => value(random));
      const characters = Array.from(JSON.stringify(values));
      for (let damage = 1 + random.below(2); damage > 0; damage--) {
        const at = random.below(characters.length);
        characters.splice(at, random.below(2), bytes[random.below(bytes.length)]!);
      }
      const text = characters.join("");
      let read: string[] | null = null;
      try {
        read = command(text).map(binaryToUtf8);
      } catch (error) {
        expect(error).toBeInstanceOf(RestError);
      }
      if (read === null) continue;
      accepted++;
      // Numbers keep their text here: compare what they mean.
      const parsed = JSON.parse(text) as unknown[];
      const meant = parsed.map((item, index) => (typeof item === "number" ? Number(read[index]) : read[index]));
      const said = parsed.map((item) => (typeof item === "string" ? Buffer.from(item).toString() : item));
      expect(meant, `round ${round}: ${text}`).toEqual(
        said.map((item) => (typeof item === "boolean" ? `${item}` : item)),
      );
    }
    expect(accepted).toBeGreaterThan(1_000);
  });

  test("a text that JSON.parse accepts as scalars in an array is never called malformed", () => {
    const random = seededRandom(13);
    for (let round = 0; round < 20_000; round++) {
      const text = `[${Array.from({ length: 1 + random.below(6) }, () => '0-1.5eE+tru"\\ nx,'[random.below(17)]!).join("")}]`;
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        expect(
          refusal(() => command(text)),
          text,
        ).not.toBe("accepted");
        continue;
      }
      const isEmpty = (parsed as unknown[]).length === 0;
      expect(
        refusal(() => command(text)),
        text,
      ).toBe(isEmpty ? "400 ERR empty command" : "accepted");
    }
  });
});
