import type { ServerResponse } from "node:http";
import type { BinaryString } from "../../base/bytes.ts";
import { encodeReply } from "../../resp/reply-encoder.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import { RestError } from "./rest-error.ts";
import type { RestForm } from "./rest-request.ts";
import { errorJson, itemJson, type StringEncoding } from "./result.ts";

/** What goes back, before its head. The body is a binary string: as many bytes as characters. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: BinaryString;
  /** Headers of its own, as Node takes them: name, value, name, value. */
  readonly head?: readonly string[];
}

/** How the client wants its replies: JSON with strings as text or base64, or the bytes of RESP2. */
export type AnswerFormat = StringEncoding | "resp2";

const JSON_TYPE = "application/json; charset=utf-8";
const RESP_TYPE = "application/octet-stream";

/** From `upstash-encoding` and `upstash-response-format`. Throws RestError. */
export function formatOf(encoding: string | undefined, format: string | undefined, form: RestForm): AnswerFormat {
  const isBase64 = encoding?.toLowerCase() === "base64";
  const name = format?.toLowerCase() ?? "json";
  if (name === "json") return isBase64 ? "base64" : "text";
  if (name !== "resp2") throw new RestError(400, "ERR unknown Upstash-Response-Format: json and resp2 are offered");
  if (isBase64) throw new RestError(400, "ERR base64 encoding and resp2 format exclude each other");
  if (form === "transaction") throw new RestError(400, "ERR resp2 is not offered for multi-exec");
  return "resp2";
}

export function jsonAnswer(status: number, body: BinaryString): Answer {
  return { status, contentType: JSON_TYPE, body };
}

export function refusalAnswer({ status, message }: RestError): Answer {
  return jsonAnswer(status, errorJson(message));
}

/** `replies`: one a command; one for a whole transaction. */
export function answerOf(form: RestForm, replies: readonly Reply[], format: AnswerFormat): Answer {
  const [first] = replies as readonly [Reply];
  const isPipeline = form === "pipeline";
  const status = !isPipeline && first instanceof ReplyError ? 400 : 200;
  if (format === "resp2") {
    // One after the other, as a pipeline is answered over TCP.
    return { status, contentType: RESP_TYPE, body: replies.map((reply) => encodeReply(reply, 2)).join("") };
  }
  const isList = isPipeline || (form === "transaction" && status === 200);
  if (!isList) return jsonAnswer(status, itemJson(first, format));
  const items = isPipeline ? replies : (first as readonly Reply[]);
  return jsonAnswer(status, `[${items.map((item) => itemJson(item, format)).join(",")}]`);
}

/**
 * Sends the head, which is written already, and the body as one piece, and ends the response. Given to `end`, the body is followed by an empty piece,
 * and to write two pieces costs four microseconds more than to write one.
 */
export function endWith(response: ServerResponse, body: BinaryString): void {
  if (body !== "") {
    response.cork();
    response.write(body, "latin1");
    response.uncork();
  }
  response.end();
}
