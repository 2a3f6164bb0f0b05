import { isUtf8 } from "node:buffer";
import { binaryToUtf8, utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import { PushReply, SeriesReply, Status, type Reply } from "../../resp/reply.ts";

/** A comment, which every reader of event streams passes over: tells both ends and all between that the stream lives. */
export const HEARTBEAT: BinaryString = ":\n\n";

const LINE_END = /\r\n|\r|\n/u;

/**
 * A reply or message as server-sent events: `data: message,channel,payload`, the parts joined by commas as they are. A payload of
 * several lines is one event of several `data:` lines, which a reader joins again with line feeds; bytes that are no UTF-8 become
 * U+FFFD, since event streams are text.
 */
export function eventsOf(reply: Reply): BinaryString {
  if (reply instanceof SeriesReply) return reply.replies.map(eventsOf).join("");
  if (reply instanceof PushReply) return event(reply.items.map(textOf).join(","));
  // MONITOR's first word, in quotes as Upstash sends it; every line after it is a status too.
  if (reply instanceof Status) return event(reply.text === "OK" ? '"OK"' : reply.text);
  return "";
}

function textOf(item: Reply): BinaryString {
  if (typeof item === "string") return item;
  return typeof item === "number" ? item.toString() : "";
}

function event(text: BinaryString): BinaryString {
  const clean = isUtf8(Buffer.from(text, "latin1")) ? text : utf8ToBinary(binaryToUtf8(text));
  return `data: ${LINE_END.test(clean) ? clean.split(LINE_END).join("\ndata: ") : clean}\n\n`;
}
