import { describe, expect, it } from "vitest";
import { withConfirmations } from "../../../src/server/rest/write-concern.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const concern = { regions: 2, timeoutMs: 50, isDemanded: true };

describe("an answer with what other regions say", () => {
  it("WC1: when the log failed nobody is asked: the replies say unknown, and so does the head", () => {
    const answer = { status: 200, contentType: JSON_TYPE, body: '[{"error":"UNKNOWN …"}]' };
    expect(withConfirmations(answer, concern, "us-east", null)).toEqual({
      ...answer,
      head: ["x-antipode-write-concern", "unknown"],
    });
  });

  it("WC3: bytes of RESP2 do not fit beside an error", () => {
    const answer = { status: 200, contentType: "application/octet-stream", body: "+OK\r\n" };
    const { status, contentType, body } = withConfirmations(answer, concern, "us-east", ["eu-west"]);
    expect([status, contentType]).toEqual([424, JSON_TYPE]);
    expect(JSON.parse(body)).toEqual({ error: expect.stringMatching(/^UNCONFIRMED .* 1 of 2 other regions/u) });
  });
});
