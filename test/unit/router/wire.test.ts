import { describe, expect, test } from "vitest";
import { isEventStream, replyHeaders, requestHeaders } from "../../../src/router/headers.ts";
import { readVerdict } from "../../../src/router/readiness.ts";

describe("headers on their way through", () => {
  test("what belongs to one hop is taken out, the names listed by Connection too; the rest keeps order, case and bytes", () => {
    const raw = [
      "Host",
      "router",
      "Authorization",
      "Bearer T",
      "Connection",
      "keep-alive, X-Hop",
      "X-Hop",
      "1",
      "Keep-Alive",
      "timeout=5",
      "TE",
      "trailers",
      "Transfer-Encoding",
      "chunked",
      "Upgrade",
      "h2c",
      "Proxy-Authorization",
      "x",
      "Expect",
      "100-continue",
      "Upstash-Sync-Token",
      "eyJ",
      "X-Region",
      "us",
      "X-Odd",
      "\u00e9",
      "X-Odd",
      "2",
    ];
    expect(requestHeaders(raw)).toEqual([
      "Authorization",
      "Bearer T",
      "Upstash-Sync-Token",
      "eyJ",
      "X-Odd",
      "\u00e9",
      "X-Odd",
      "2",
    ]);
  });

  test("a reply's own region headers give way to the router's", () => {
    const raw = [
      "content-type",
      "text/event-stream",
      "x-region",
      "lies",
      "upstash-sync-token",
      "abc",
      "connection",
      "close",
    ].map((text) => Buffer.from(text));
    const headers = replyHeaders(raw);
    expect(headers).toEqual(["content-type", "text/event-stream", "upstash-sync-token", "abc"]);
    expect(isEventStream(headers)).toBe(true);
  });
});

describe("what /readyz says", () => {
  test.each([
    [200, '{"region":"us","state":"ready","lagMs":12}', { kind: "good", readiness: { kind: "ready", lagMs: 12 } }],
    [200, "", { kind: "good", readiness: { kind: "ready", lagMs: 0 } }],
    [200, '{"state":"ready","lagMs":"nonsense"}', { kind: "good", readiness: { kind: "ready", lagMs: 0 } }],
    [
      503,
      '{"region":"us","state":"syncing","lagMs":900}',
      { kind: "good", readiness: { kind: "degraded", lagMs: 900, reason: "syncing" } },
    ],
    [
      200,
      '{"region":"us","state":"draining"}',
      { kind: "good", readiness: { kind: "degraded", lagMs: 0, reason: "draining" } },
    ],
    [503, "overloaded", { kind: "refused", reason: "/readyz answered 503" }],
    [404, "{}", { kind: "refused", reason: "/readyz answered 404" }],
    [200, '{"region":"eu","state":"ready"}', { kind: "refused", reason: "its address answers as region 'eu'" }],
  ])("%i %s", (status, body, verdict) => {
    expect(readVerdict("us", status, body)).toEqual(verdict);
  });
});
