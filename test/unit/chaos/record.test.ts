import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import type { RecordLine } from "../../../chaos/record/lines.ts";
import { parseLine, readRecord } from "../../../chaos/record/read-record.ts";
import type { RunRecord } from "../../../chaos/record/record.ts";
import { formatLine, RecordWriter } from "../../../chaos/record/write-record.ts";
import { ABSENT, hash, set, Story, string } from "./story.ts";

const directory = mkdtempSync(join(tmpdir(), "antipode-record-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Every kind of line, operation and answer. */
function everything(): RunRecord {
  const story = new Story({ budgets: [{ figure: "lost", min: null, max: 0 }] });
  story.op("a", 1.25, { kind: "session.login", key: "s", field: "user", value: "u", ttlMs: 1000 });
  story.op("a", 2, { kind: "session.save", key: "s", field: "f", value: "v" }, { outcome: "unknown", error: "cut" });
  story.op("a", 3, { kind: "session.touch", key: "s", ttlMs: 1000 }, { concern: "one", confirmedBy: 1 });
  story.op("a", 4, { kind: "session.logout", key: "s", final: true });
  story.read("b", 5, { kind: "session.read", key: "s" }, hash({ f: "v" }), { session: "s1", token: "fresh" });
  story.read("b", 5, { kind: "counter.add", key: "c", amount: 2 }, string("2"));
  story.read("b", 5, { kind: "counter.read", key: "c" }, ABSENT);
  story.op("b", 5, { kind: "set.add", key: "m", member: "x" });
  story.op("b", 5, { kind: "set.remove", key: "m", member: "x" });
  story.read("b", 5, { kind: "set.read", key: "m" }, set("x", "y"));
  story.op("b", 5, { kind: "hash.set", key: "h", field: "f", value: "v" });
  story.op("b", 5, { kind: "hash.remove", key: "h", field: "f" });
  story.read("b", 5, { kind: "hash.read", key: "h" }, hash({}));
  story.op("b", 5, { kind: "string.set", key: "k", value: "v", ttlMs: null });
  story.op("b", 5, { kind: "string.delete", key: "k" });
  story.read("b", 5, { kind: "string.read", key: "k" }, string("v"));
  story.op("b", 5, { kind: "pair.set", keys: ["x", "y"], value: "v" });
  story.read("b", 5, { kind: "pair.read", keys: ["x", "y"] }, { type: "pair", values: ["v", null] });
  story.read("b", 5, { kind: "lock.acquire", key: "l", holder: "h", ttlMs: 10 }, { type: "lock", token: 3 });
  story.op("b", 5, { kind: "lock.release", key: "l", holder: "h", token: 3 });
  story.read("b", 5, { kind: "limit.spend", key: "q", amount: 1, limit: 5 }, { type: "limit", granted: true });
  story.fault(10, 20);
  story.sample(11, "a", { "a#1-0": 3 }, { digest: { value: "d", forMs: 11 }, keys: 4 });
  story.probe("a", "b", 12, 13);
  story.line({ line: "event", atMs: 14, kind: "detected", region: "a", detail: "three pings unanswered" });
  story.final("s", ABSENT);
  return story.record;
}

function linesOf(record: RunRecord): RecordLine[] {
  const { header, ops, faults, samples, probes, events, finals, end } = record;
  return [header, ...ops, ...faults, ...samples, ...probes, ...events, ...finals, ...(end === null ? [] : [end])];
}

describe("the record", () => {
  it("is read as it was written, every kind of line", async () => {
    const record = everything();
    const path = join(directory, "history.ndjson.gz");
    const [header, ...lines] = linesOf(record);
    const writer = new RecordWriter(path, header as RunRecord["header"]);
    for (const line of lines) writer.write(line);
    await writer.close();
    expect(await readRecord(path)).toEqual(record);
    expect(writer.record).toEqual(record);
  });

  it("writes times to the microsecond", () => {
    const line = { ...everything().ops[0]!, startedMs: 1.23456789 };
    expect(parseLine(formatLine(line))).toMatchObject({ startedMs: 1.235 });
  });

  it("of a run that died is read as far as it goes, and has no end", async () => {
    const text = linesOf(everything()).map((line) => `${formatLine(line)}\n`);
    const torn = join(directory, "torn.ndjson.gz");
    writeFileSync(torn, gzipSync(text.join("")).subarray(0, -40));
    expect((await readRecord(torn)).end).toBeNull();
    const plain = join(directory, "torn.ndjson");
    writeFileSync(plain, text.join("").slice(0, -5));
    const record = await readRecord(plain);
    expect([record.end, record.finals.length]).toEqual([null, 3]);
  });

  it("is refused with the place and what is wrong", async () => {
    const lines = linesOf(everything()).map(formatLine);
    const refusal = async (name: string, ...changed: string[]): Promise<string> => {
      const path = join(directory, name);
      writeFileSync(path, changed.map((line) => `${line}\n`).join(""));
      return readRecord(path).then(
        () => "read",
        (error: Error) => error.message.replace(directory, ""),
      );
    };
    expect(await refusal("1", lines[0]!, lines[1]!.replace('"startedMs":1.25', '"startedMs":"soon"'))).toBe(
      '/1, line 2: op.startedMs wants a number, not "soon"',
    );
    expect(await refusal("2", lines[0]!, lines[1]!.replace("session.login", "session.born"))).toMatch(
      /^\/2, line 2: op\.op\.kind wants session\.login or .*, not "session\.born"$/u,
    );
    expect(await refusal("3", lines[0]!.replace('"version":1', '"version":7'))).toBe(
      "/3, line 1: the record is of version 7, this program reads version 1",
    );
    expect(await refusal("4", lines[1]!)).toBe("/4, line 1: the record does not begin with its header");
    expect(await refusal("5")).toBe("/5: the record is empty");
    expect(await refusal("6", lines[0]!, "{")).toMatch(/^\/6, line 2: /u);
    expect(await refusal("7", lines[0]!, '{"line":"poem"}')).toMatch(/^\/7, line 2: poem\.line wants header or op/u);
    await expect(readRecord(join(directory, "none.gz"))).rejects.toThrow(/ENOENT/u);
    expect(readFileSync(join(directory, "4"), "utf8")).not.toBe("");
  });
});
