import { unreachable } from "../../base/assert.ts";
import { binaryToUtf8, type BinaryString } from "../../base/bytes.ts";
import { formatDouble } from "../../resp/format-double.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NullArrayReply,
  PushReply,
  SetReply,
  Status,
  VerbatimReply,
  type Reply,
} from "../../resp/reply.ts";

/** How strings travel in JSON: as UTF-8 text (bytes that are none become U+FFFD), or as base64 of their bytes. */
export type StringEncoding = "text" | "base64";

/** `{"result":…}` or `{"error":…}`, as Upstash's protocol has them: RESP2 shapes only. */
export function itemJson(reply: Reply, encoding: StringEncoding): string {
  if (reply instanceof ReplyError) return `{"error":${JSON.stringify(`${reply.code} ${binaryToUtf8(reply.text)}`)}}`;
  return `{"result":${resultJson(reply, encoding, true)}}`;
}

export function errorJson(message: string): string {
  return JSON.stringify({ error: message });
}

/** `top`: a status OK at the top stays as it is even in base64, which is how clients tell it from data. */
function resultJson(reply: Reply, encoding: StringEncoding, top: boolean): string {
  if (reply === null || reply instanceof NullArrayReply) return "null";
  if (typeof reply === "string") return textJson(reply, encoding);
  if (typeof reply === "number" || typeof reply === "bigint") return integerJson(reply, encoding);
  if (Array.isArray(reply)) return listJson(reply as readonly Reply[], encoding);
  if (reply instanceof Status) {
    return top && reply.text === "OK" ? '"OK"' : textJson(reply.text, encoding);
  }
  return taggedJson(
    reply as Exclude<Reply, null | string | number | bigint | readonly Reply[] | Status | NullArrayReply>,
    encoding,
  );
}

function taggedJson(
  reply: Exclude<Reply, null | string | number | bigint | readonly Reply[] | Status | NullArrayReply>,
  encoding: StringEncoding,
): string {
  if (reply instanceof ReplyError) return textJson(`${reply.code} ${reply.text}`, encoding);
  if (reply instanceof MapReply) return listJson(reply.pairs.flat(), encoding);
  if (reply instanceof SetReply) return listJson(reply.members, encoding);
  if (reply instanceof PushReply) return listJson(reply.items, encoding);
  if (reply instanceof DoubleReply) return textJson(formatDouble(reply.value), encoding);
  if (reply instanceof BooleanReply) return reply.value ? "1" : "0";
  if (reply instanceof BigNumberReply) return textJson(reply.digits, encoding);
  if (reply instanceof VerbatimReply) return textJson(reply.text, encoding);
  return unreachable(reply);
}

function listJson(items: readonly Reply[], encoding: StringEncoding): string {
  return `[${items.map((item) => resultJson(item, encoding, false)).join(",")}]`;
}

function textJson(bytes: BinaryString, encoding: StringEncoding): string {
  if (encoding === "base64") return `"${Buffer.from(bytes, "latin1").toString("base64")}"`;
  return JSON.stringify(isAscii(bytes) ? bytes : binaryToUtf8(bytes));
}

/** Beyond 2^53 a JSON number would be rounded by its reader. */
function integerJson(value: number | bigint, encoding: StringEncoding): string {
  if (Number.isSafeInteger(Number(value))) return String(value);
  return textJson(String(value), encoding);
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}
