import { describe, expect, test } from "vitest";
import { mayRepeat } from "../../../src/router/request-words.ts";
import { RetryBudget } from "../../../src/router/retry-budget.ts";

const none = Buffer.alloc(0);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("which requests may be sent again", () => {
  test.each<[boolean, string, string, Buffer | null]>([
    [true, "GET", "/get/k", none],
    [true, "GET", "/GeT/k?_token=T", none],
    [true, "GET", "/hgetall/k", none],
    [true, "GET", "/get/%FF", none],
    [true, "GET", "/set/k/v", none],
    [true, "GET", "/set/k/v/EX/100", none],
    [true, "POST", "/set/k", Buffer.from("NX")],
    [true, "POST", "/set/k?EX=100", Buffer.from("v")],
    [false, "POST", "/set/k?NX", Buffer.from("v")],
    [false, "POST", "/set/k?nx=true", Buffer.from("v")],
    [false, "GET", "/set/k/v/NX", none],
    [false, "GET", "/set/k/v/GET", none],
    [false, "GET", "/incr/k", none],
    [false, "GET", "/del/k", none],
    [false, "GET", "/expire/k/10/NX", none],
    [true, "GET", "/expire/k/10", none],
    [false, "POST", "/subscribe/ch", json([])],
    [true, "POST", "/", json(["GET", "k"])],
    [true, "POST", "/", json(["set", "k", 5, "PX", 100])],
    [false, "POST", "/", json(["SET", "k", "v", "nx"])],
    [false, "POST", "/", json(["INCR", "k"])],
    [false, "POST", "/", json([])],
    [false, "POST", "/", json({ GET: "k" })],
    [false, "POST", "/", Buffer.from('["GET"')],
    [false, "POST", "/", null],
    [false, "POST", "/set/k", null],
    [
      true,
      "POST",
      "/pipeline",
      json([
        ["GET", "a"],
        ["HGETALL", "b"],
      ]),
    ],
    [
      false,
      "POST",
      "/pipeline",
      json([
        ["GET", "a"],
        ["INCR", "b"],
      ]),
    ],
    [false, "POST", "/pipeline", json([])],
    [false, "POST", "/pipeline", json(["GET", "a"])],
    [
      true,
      "POST",
      "/multi-exec",
      json([
        ["SET", "a", "1"],
        ["GET", "a"],
      ]),
    ],
    [false, "POST", "/multi-exec", json([["LPUSH", "a", "1"]])],
    [false, "GET", "/unheard-of/k", none],
    [true, "OPTIONS", "/incr/k", none],
  ])("%s: %s %s", (may, method, target, body) => {
    expect(mayRepeat({ method, target, body })).toBe(may);
  });
});

test("repeats are a tenth of the requests, beyond what was saved", () => {
  const budget = new RetryBudget(0.1, 20, 5);
  let spent = 0;
  for (let request = 0; request < 1000; request++) {
    budget.earn();
    if (budget.spend()) spent += 1;
  }
  expect(spent).toBeGreaterThanOrEqual(104);
  expect(spent).toBeLessThanOrEqual(105);
  for (let request = 0; request < 1000; request++) budget.earn();
  let saved = 0;
  while (budget.spend()) saved += 1;
  expect(saved).toBe(20);
});
