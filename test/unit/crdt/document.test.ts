import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter, MalformedBytesError } from "../../../src/base/bytes.ts";
import { decodeChange, encodeChange } from "../../../src/crdt/document/change-codec.ts";
import { Context } from "../../../src/crdt/context.ts";
import { JsonDocument } from "../../../src/crdt/document/document.ts";
import { DocumentEdit, type Place } from "../../../src/crdt/document/edit.ts";
import { JsonNumber, formatJsonDouble, type JsonValue } from "../../../src/crdt/document/json-value.ts";
import { ROOT_KEY } from "../../../src/crdt/document/op-id.ts";
import { ListNode, MapNode, type JsonNode } from "../../../src/crdt/document/view.ts";
import { OriginTable } from "../../../src/crdt/origin.ts";
import { VersionVector } from "../../../src/crdt/version-vector.ts";
import type { DocumentChange } from "../../../src/crdt/document/change.ts";

interface Sent {
  readonly context: Context;
  readonly change: DocumentChange;
}

/** One region's copy of one document, without anything around it. */
class Copy {
  static readonly origins = new OriginTable(["a#1-00", "b#1-00", "c#1-00"]);
  document = new JsonDocument();
  readonly applied = new VersionVector();
  readonly log: Sent[] = [];
  readonly origin: number;

  constructor(origin: number) {
    this.origin = origin;
  }

  edit(body: (edit: DocumentEdit, root: JsonNode | undefined, top: MapNode) => void): void {
    const edit = new DocumentEdit(this.document.nextOp);
    if (this.document.isEmpty) body(edit, undefined, null as unknown as MapNode);
    else body(edit, this.document.view().root, this.document.view().top);
    const sequence = this.applied.get(this.origin) + 1;
    const context = new Context(this.origin, sequence, sequence, this.applied.copy());
    this.take({ context, change: edit.change(1) });
  }

  take(sent: Sent): void {
    this.document.apply(sent.change, sent.context, Copy.origins);
    this.applied.set(sent.context.origin, sent.context.sequence);
    this.log.push(sent);
  }

  pull(other: Copy): void {
    for (const sent of other.log) {
      const { origin, sequence } = sent.context;
      if (this.applied.get(origin) + 1 === sequence && this.applied.includes(sent.context.others)) this.take(sent);
    }
  }

  set(key: string, value: JsonValue): void {
    this.edit((edit, root) => edit.set({ map: root as MapNode, key }, value));
  }

  get json(): unknown {
    return this.document.isEmpty ? undefined : plain(this.document.view().root!);
  }

  fold(): void {
    this.document.fold(this.applied, true);
  }

  reopen(): void {
    this.document = JsonDocument.restore(this.document.state);
  }
}

function plain(node: JsonNode): unknown {
  if (node instanceof MapNode) return Object.fromEntries([...node.entries()].map(([key, one]) => [key, plain(one)]));
  if (node instanceof ListNode) return node.items.map((one) => plain(one));
  return node instanceof JsonNumber ? node.value : node;
}

function value(json: unknown): JsonValue {
  if (Array.isArray(json)) return json.map((one) => value(one));
  if (typeof json === "number") return Number.isInteger(json) ? JsonNumber.ofInteger(json) : JsonNumber.ofDouble(json);
  if (typeof json !== "object" || json === null) return json as JsonValue;
  return new Map(Object.entries(json).map(([key, one]) => [key, value(one)]));
}

function trio(): [Copy, Copy, Copy] {
  return [new Copy(0), new Copy(1), new Copy(2)];
}

function sync(...copies: Copy[]): void {
  for (let round = 0; round < 2; round++)
    for (const to of copies) for (const from of copies) if (to !== from) to.pull(from);
}

const at = (root: JsonNode | undefined, key: string): Place => ({ map: root as MapNode, key });

describe("a document", () => {
  it("J1, J4, J5: merges what two regions write, maps made apart included", () => {
    const [a, b] = trio();
    a.edit((edit) => edit.create(value({ user: "u", cart: { x: 1 } })));
    b.edit((edit) => edit.create(value({ plan: "p", cart: { y: [2] } })));
    sync(a, b);
    expect(a.json).toEqual({ user: "u", plan: "p", cart: { x: 1, y: [2] } });
    expect(b.json).toEqual(a.json);
    a.edit((edit, root) => edit.merge(at(root, "x"), undefined, value({ y: 1 })));
    b.edit((edit, root) => edit.merge(at(root, "x"), undefined, value({ z: { deep: 2 } })));
    a.set("cart", value({ new: true }));
    sync(a, b);
    expect(a.json).toEqual({ user: "u", plan: "p", cart: { new: true }, x: { y: 1, z: { deep: 2 } } });
    expect(b.json).toEqual(a.json);
  });

  it("J2, J7: increments add up, fractions exactly, and survive a write that has not seen them", () => {
    const [a, b] = trio();
    a.edit((edit) => edit.create(value({ n: 1, f: 0.1 })));
    sync(a, b);
    a.edit((edit, root) => edit.add(at(root, "n"), 2));
    b.edit((edit, root) => edit.add(at(root, "n"), 3));
    a.edit((edit, root) => edit.add(at(root, "f"), "0.2"));
    b.edit((edit, root) => edit.add(at(root, "f"), "0.4"));
    sync(a, b);
    expect(a.json).toEqual({ n: 6, f: 0.7 });
    a.set("n", value(9));
    b.edit((edit, root) => edit.add(at(root, "n"), 1));
    sync(a, b);
    expect(a.json).toEqual({ n: 10, f: 0.7 });
    expect(b.json).toEqual(a.json);
  });

  it("J3: appends of two regions are both there, in one order, each run together", () => {
    const [a, b] = trio();
    a.edit((edit) => edit.create(value({ l: [0] })));
    sync(a, b);
    a.edit((edit, root) => edit.insert((root as MapNode).get("l") as ListNode, 1, [value(1), value(2)]));
    b.edit((edit, root) => edit.insert((root as MapNode).get("l") as ListNode, 1, [value(11), value(12)]));
    sync(a, b);
    expect(b.json).toEqual(a.json);
    expect([
      [0, 1, 2, 11, 12],
      [0, 11, 12, 1, 2],
    ]).toContainEqual((a.json as { l: number[] }).l);
  });

  it("keeps the place of a key that is written again, also when it was folded and reopened", () => {
    const [a] = trio();
    a.edit((edit) => edit.create(value({ z: 1, y: 2, x: 3 })));
    for (let round = 0; round < 100; round++) a.set("y", value(round));
    expect(JSON.stringify(a.json)).toBe('{"z":1,"y":99,"x":3}');
    a.fold();
    expect(a.document.hasTail).toBe(false);
    a.reopen();
    expect(JSON.stringify(a.json)).toBe('{"z":1,"y":99,"x":3}');
  });

  it("stays as large as what it holds", () => {
    const [a] = trio();
    a.edit((edit) => edit.create(value({ n: 0, l: [1, 2, 3], s: "x" })));
    let largest = 0;
    for (let round = 0; round < 1000; round++) {
      a.edit((edit, root) => {
        const list = (root as MapNode).get("l") as ListNode;
        edit.insert(list, list.items.length, [value(round)]);
        edit.remove({ list, index: 0 });
        edit.add(at(root, "n"), 1);
        edit.set(at(root, "s"), `s${round}`);
      });
      a.fold();
      largest = Math.max(largest, a.document.bytes);
    }
    expect(a.json).toEqual({ n: 1000, l: [997, 998, 999], s: "s999" });
    expect(largest).toBeLessThan(60_000);
  });

  it("replaces its root by anything", () => {
    const [a, b] = trio();
    a.edit((edit) => edit.create(value([1, [2, { a: null }], "t", false])));
    sync(a, b);
    expect(b.json).toEqual([1, [2, { a: null }], "t", false]);
    a.edit((edit, _root, top) => edit.set({ map: top, key: ROOT_KEY }, value(7)));
    b.edit((edit, _root, top) => edit.add({ map: top, key: ROOT_KEY }, 1));
    sync(a, b);
    expect(a.json).toBe(8);
    expect(b.json).toBe(8);
  });
});

describe("doubles", () => {
  it("print as RedisJSON prints them", () => {
    const cases: [number, string][] = [
      [1, "1.0"],
      [-0, "-0.0"],
      [0.1, "0.1"],
      [1e15, "1000000000000000.0"],
      [1e16, "1e16"],
      [1.5e300, "1.5e300"],
      [1e-5, "0.00001"],
      [1.25e-6, "1.25e-6"],
      [-123.456, "-123.456"],
    ];
    for (const [double, text] of cases) expect(formatJsonDouble(double)).toBe(text);
  });
});

describe("changes from outside", () => {
  const encoded = (): Buffer => {
    const [a, b] = trio();
    a.edit((edit) => edit.create(value({ l: [1, { x: "é" }], n: 0.5 })));
    sync(a, b);
    b.edit((edit, root) => {
      edit.insert((root as MapNode).get("l") as ListNode, 1, [value(["in"])]);
      edit.remove({ list: (root as MapNode).get("l") as ListNode, index: 0 });
      edit.add(at(root, "n"), "0.25");
      edit.set(at(root, "l"), value({}));
    });
    const writer = new ByteWriter();
    encodeChange(writer, b.log.at(-1)!.change);
    return writer.take();
  };

  it("mean the same after they were bytes", () => {
    const bytes = encoded();
    const writer = new ByteWriter();
    encodeChange(writer, decodeChange(new ByteReader(bytes)));
    expect(writer.take().equals(bytes)).toBe(true);
  });

  it("are refused or without harm, whatever became of their bytes", () => {
    const bytes = encoded();
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(bytes.length), (changed, cut) => {
        const broken = Buffer.from(bytes.subarray(0, cut === 0 ? bytes.length : bytes.length - (cut % 3)));
        for (const [index, byte] of changed) if (index < broken.length) broken[index] = byte;
        let change: DocumentChange;
        try {
          change = decodeChange(new ByteReader(broken));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedBytesError);
          return;
        }
        const [a] = trio();
        a.edit((edit) => edit.create(value({ l: [1, { x: "é" }], n: 0.5 })));
        a.take({ context: new Context(1, 1, 1, VersionVector.dense([1])), change });
        expect(() => a.json).not.toThrow();
      }),
      { seed: 21, numRuns: 600 },
    );
  });
});
