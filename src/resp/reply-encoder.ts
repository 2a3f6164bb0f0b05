import { unreachable } from "../base/assert.ts";
import { formatDouble } from "./format-double.ts";
import { ReplyError } from "./reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NullArrayReply,
  PushReply,
  SeriesReply,
  SetReply,
  Status,
  VerbatimReply,
  type Reply,
} from "./reply.ts";

export type ProtocolVersion = 2 | 3;

type Container = readonly Reply[] | MapReply | SetReply | PushReply | SeriesReply;
type Leaf = Exclude<Reply, string | number | bigint | null | Container | Status>;

/**
 * A reply as the bytes of RESP2 or RESP3, in a binary string: V8 joins strings without copying, and the socket writes them out
 * as latin1 in one call, which measures faster in Node than gathering Buffers.
 *
 * Throws RangeError where the text would be longer than a string can be (512 MB); `encodeLongReply` has no such end.
 */
export function encodeReply(reply: Reply, protocol: ProtocolVersion): string {
  if (typeof reply === "string") return `$${reply.length}\r\n${reply}\r\n`;
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (reply === null) return protocol === 3 ? "_\r\n" : "$-1\r\n";
  if (reply instanceof Status) return reply.encoded;
  if (typeof reply === "bigint") return `:${reply}\r\n`;
  if (!isContainer(reply)) return encodeLeaf(reply, protocol === 3);
  let out = header(reply, protocol === 3);
  if (reply instanceof MapReply) {
    for (const [key, value] of reply.pairs) out += encodeReply(key, protocol) + encodeReply(value, protocol);
  } else {
    for (const item of itemsOf(reply)) out += encodeReply(item, protocol);
  }
  return out;
}

/** The same bytes in pieces, for a reply that one string cannot hold: a value near the limit, or a list of large ones. */
export function encodeLongReply(reply: Reply, protocol: ProtocolVersion): string[] {
  if (typeof reply === "string") return [`$${reply.length}\r\n`, reply, "\r\n"];
  if (!isContainer(reply)) return [encodeReply(reply, protocol)];
  const items = reply instanceof MapReply ? reply.pairs.flat() : itemsOf(reply);
  const pieces = [header(reply, protocol === 3)];
  for (const item of items) for (const piece of encodeLongReply(item, protocol)) pieces.push(piece);
  return pieces;
}

function isContainer(reply: Reply): reply is Container {
  return (
    Array.isArray(reply) ||
    reply instanceof MapReply ||
    reply instanceof SetReply ||
    reply instanceof PushReply ||
    reply instanceof SeriesReply
  );
}

function itemsOf(reply: Exclude<Container, MapReply>): readonly Reply[] {
  if (reply instanceof SetReply) return reply.members;
  if (reply instanceof SeriesReply) return reply.replies;
  return reply instanceof PushReply ? reply.items : reply;
}

function header(reply: Container, three: boolean): string {
  if (reply instanceof MapReply) return three ? `%${reply.pairs.length}\r\n` : `*${reply.pairs.length * 2}\r\n`;
  if (reply instanceof SetReply) return `${three ? "~" : "*"}${reply.members.length}\r\n`;
  if (reply instanceof SeriesReply) return "";
  if (reply instanceof PushReply) return `${three ? ">" : "*"}${reply.items.length}\r\n`;
  return `*${reply.length}\r\n`;
}

function encodeLeaf(reply: Leaf, three: boolean): string {
  if (reply instanceof ReplyError) return `-${oneLine(reply.line)}\r\n`;
  if (reply instanceof DoubleReply) {
    const text = reply.text ?? formatDouble(reply.value);
    return three ? `,${text}\r\n` : bulk(text);
  }
  if (reply instanceof BooleanReply) {
    if (three) return reply.value ? "#t\r\n" : "#f\r\n";
    return reply.value ? ":1\r\n" : ":0\r\n";
  }
  if (reply instanceof BigNumberReply) return three ? `(${reply.digits}\r\n` : bulk(reply.digits);
  if (reply instanceof VerbatimReply) {
    return three ? `=${reply.text.length + 4}\r\n${reply.format}:${reply.text}\r\n` : bulk(reply.text);
  }
  if (reply instanceof NullArrayReply) return three ? "_\r\n" : "*-1\r\n";
  return unreachable(reply);
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** An error is one line on the wire: line ends at its end go, those inside become spaces. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+$/u, "").replaceAll(/[\r\n]/gu, " ");
}
