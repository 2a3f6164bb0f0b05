import { isUtf8 } from "node:buffer";
import { unreachable } from "../../base/assert.ts";
import { binaryToUtf8, utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { formatDouble } from "../../resp/format-double.ts";
import { ReplyError } from "../../resp/reply-error.ts";
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
} from "../../resp/reply.ts";
import { isPlain } from "./plain-text.ts";

/** How strings travel in JSON: as UTF-8 text (bytes that are none become U+FFFD), or as base64 of their bytes. */
export type StringEncoding = "text" | "base64";

/**
 * `{"result":…}` or `{"error":…}`, as Upstash's protocol has them: RESP2 shapes only, since its SDKs misread JSON's booleans,
 * floats and objects.
 *
 * JSON is made as a binary string, the UTF-8 bytes themselves: values are such strings already, so they are escaped and never
 * decoded, and what is sent has as many bytes as characters. JSON.stringify leaves characters from U+0080 to U+00FF alone,
 * which makes it right for bytes.
 */
export function itemJson(reply: Reply, encoding: StringEncoding): BinaryString {
  if (reply instanceof ReplyError) return `{"error":${quote(textOf(reply))}}`;
  return `{"result":${resultJson(reply, encoding, true)}}`;
}

/** A refusal of the door's own; `message` is text. */
export function errorJson(message: string): BinaryString {
  return `{"error":${quote(utf8ToBinary(message))}}`;
}

type Tagged = Exclude<Reply, null | string | number | bigint | readonly Reply[] | Status | NullArrayReply>;

/** `top`: a status OK at the top stays as it is even in base64, which is how clients tell it from data. */
function resultJson(reply: Reply, encoding: StringEncoding, top: boolean): BinaryString {
  if (reply === null || reply instanceof NullArrayReply) return "null";
  if (typeof reply === "string") return textJson(reply, encoding);
  if (typeof reply === "number" || typeof reply === "bigint") return integerJson(reply, encoding);
  if (reply instanceof Status) return top && reply.text === "OK" ? '"OK"' : textJson(reply.text, encoding);
  if (Array.isArray(reply)) return listJson(reply as readonly Reply[], encoding);
  return taggedJson(reply as Tagged, encoding);
}

function taggedJson(reply: Tagged, encoding: StringEncoding): BinaryString {
  if (reply instanceof ReplyError) return quote(textOf(reply));
  if (reply instanceof MapReply) return listJson(reply.pairs.flat(), encoding);
  if (reply instanceof SetReply) return listJson(reply.members, encoding);
  if (reply instanceof PushReply) return listJson(reply.items, encoding);
  if (reply instanceof SeriesReply) return listJson(reply.replies, encoding);
  if (reply instanceof DoubleReply) return textJson(reply.text ?? formatDouble(reply.value), encoding);
  if (reply instanceof BooleanReply) return reply.value ? "1" : "0";
  if (reply instanceof BigNumberReply) return textJson(reply.digits, encoding);
  if (reply instanceof VerbatimReply) return textJson(reply.text, encoding);
  return unreachable(reply);
}

function listJson(items: readonly Reply[], encoding: StringEncoding): BinaryString {
  return `[${items.map((item) => resultJson(item, encoding, false)).join(",")}]`;
}

function textJson(bytes: BinaryString, encoding: StringEncoding): BinaryString {
  return encoding === "base64" ? `"${Buffer.from(bytes, "latin1").toString("base64")}"` : quote(bytes);
}

/** Beyond 2^53 a JSON number would be rounded by its reader. */
function integerJson(value: number | bigint, encoding: StringEncoding): BinaryString {
  return Number.isSafeInteger(Number(value)) ? String(value) : textJson(String(value), encoding);
}

function textOf(error: ReplyError): BinaryString {
  return error.line;
}

const NOT_ASCII = /[\u0080-\u00ff]/u;

function quote(bytes: BinaryString): BinaryString {
  if (isPlain(bytes)) return `"${bytes}"`;
  if (NOT_ASCII.test(bytes) && !isUtf8(Buffer.from(bytes, "latin1"))) {
    return JSON.stringify(utf8ToBinary(binaryToUtf8(bytes)));
  }
  return JSON.stringify(bytes);
}
