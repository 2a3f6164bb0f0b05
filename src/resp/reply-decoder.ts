import { BulkGatherer } from "./bulk-gatherer.ts";
import { parseLengthWord } from "./length-word.ts";
import { ProtocolError } from "./protocol-error.ts";
import { readLine, readString } from "./reply-line.ts";
import { DEFAULT_REPLY_LIMITS, type ReplyLimits } from "./reply-limits.ts";
import { MapReply, NULL_ARRAY, PushReply, SetReply, type Reply } from "./reply.ts";

const EMPTY: Buffer = Buffer.alloc(0);
const CR = 13;
const GATHER_FROM_BYTES = 32 * 1024;

/** A collection of which members are missing. `|` is an attribute: read like a map, then dropped. */
interface Open {
  readonly marker: "*" | "~" | "%" | ">" | "|";
  missing: number;
  readonly members: Reply[];
}

/** A string whose length line was read. */
interface Announced {
  readonly marker: "$" | "=" | "!";
  readonly length: number;
}

/**
 * RESP2 and RESP3 replies out of a stream of chunks, a client's side: what the encoder wrote, however it was cut. A server is
 * not trusted either: lengths and depth are bounded, nothing is allocated for an announcement.
 *
 * RESP2 has fewer types than `Reply`, so what comes back from it is plainer: maps and sets as arrays, doubles as strings.
 * Attributes are skipped. Streamed strings and collections (`$?`, `*?`), which no server sends, are refused.
 */
export class ReplyDecoder {
  readonly #limits: ReplyLimits;
  readonly #open: Open[] = [];
  readonly #long = new BulkGatherer();
  #announced: Announced | null = null;
  #chunk: Buffer = EMPTY;
  #offset = 0;

  constructor(limits: ReplyLimits = DEFAULT_REPLY_LIMITS) {
    this.#limits = limits;
  }

  feed(chunk: Buffer): void {
    if (this.#offset >= this.#chunk.length) this.#chunk = chunk;
    else this.#chunk = Buffer.concat([this.#chunk.subarray(this.#offset), chunk]);
    this.#offset = 0;
  }

  /** The next whole reply (null is one); undefined when more bytes are needed. Throws ProtocolError. */
  next(): Reply | undefined {
    for (;;) {
      let value = this.#announced === null ? this.#line() : this.#string(this.#announced);
      if (value === "more") return undefined;
      while (value !== "opened") {
        const open = this.#open.at(-1);
        if (open === undefined) return value.reply;
        open.members.push(value.reply);
        if (--open.missing > 0) break;
        this.#open.pop();
        if (open.marker === "|") break;
        value = { reply: close(open) };
      }
    }
  }

  #line(): { readonly reply: Reply } | "opened" | "more" {
    const end = this.#chunk.indexOf(CR, this.#offset);
    if (end < 0 || end + 1 >= this.#chunk.length) {
      if (this.#chunk.length - this.#offset > this.#limits.lineBytesMax)
        throw new ProtocolError("too big line in reply");
      return "more";
    }
    const marker = String.fromCharCode(this.#chunk[this.#offset]!);
    const text = this.#chunk.latin1Slice(this.#offset + 1, end);
    this.#offset = end + 2;
    switch (marker) {
      case "$":
      case "=":
      case "!": {
        const length = this.#length(text, this.#limits.bulkBytesMax);
        if (length < 0) return { reply: null };
        this.#announced = { marker, length };
        return this.#string(this.#announced);
      }
      case "*":
      case "~":
      case ">":
      case "%":
      case "|":
        return this.#collection(marker, text);
      default:
        return { reply: readLine(marker, text) };
    }
  }

  #collection(marker: Open["marker"], text: string): { readonly reply: Reply } | "opened" {
    const length = this.#length(text, this.#limits.membersMax);
    if (length < 0) return { reply: NULL_ARRAY };
    const missing = marker === "%" || marker === "|" ? length * 2 : length;
    const open: Open = { marker, missing, members: [] };
    if (missing === 0) return marker === "|" ? "opened" : { reply: close(open) };
    if (this.#open.length >= this.#limits.depthMax) throw new ProtocolError("too deep reply");
    this.#open.push(open);
    return "opened";
  }

  #string(announced: Announced): { readonly reply: Reply } | "more" {
    const { marker, length } = announced;
    let text: string;
    if (!this.#long.active && this.#chunk.length - this.#offset >= length + 2) {
      text = this.#chunk.latin1Slice(this.#offset, this.#offset + length);
      this.#offset += length + 2;
    } else {
      if (!this.#long.active) {
        if (length < GATHER_FROM_BYTES) return "more";
        this.#long.begin(length);
      }
      this.#offset += this.#long.add(this.#chunk, this.#offset);
      if (!this.#long.isWhole || this.#chunk.length - this.#offset < 2) return "more";
      text = this.#long.take();
      this.#offset += 2;
    }
    this.#announced = null;
    return { reply: readString(marker, text) };
  }

  /** A length, -1 for null. */
  #length(text: string, max: number): number {
    const length = parseLengthWord(text);
    if (Number.isNaN(length) || length < -1 || length > max) throw new ProtocolError("invalid length in reply");
    return length;
  }
}

function close({ marker, members }: Open): Reply {
  if (marker === "~") return new SetReply(members);
  if (marker === ">") return new PushReply(members);
  if (marker !== "%") return members;
  const pairs: [Reply, Reply][] = [];
  for (let index = 0; index < members.length; index += 2) pairs.push([members[index]!, members[index + 1]!]);
  return new MapReply(pairs);
}
