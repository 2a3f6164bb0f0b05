import { ProtocolError } from "./protocol-error.ts";
import { ReplyError } from "./reply-error.ts";
import { BigNumberReply, BooleanReply, DoubleReply, Status, VerbatimReply, type Reply } from "./reply.ts";

/** The replies that are one line, and those that are one string. */

const INTEGER = /^[+-]?[0-9]{1,20}$/u;
const DIGITS = /^[+-]?[0-9]+$/u;
const DOUBLE = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/u;
const NAMED_DOUBLES = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
]);

/** `text` is what stands between the type's marker and the line end. Throws ProtocolError. */
export function readLine(marker: string, text: string): Reply {
  switch (marker) {
    case "+":
      return new Status(text);
    case "-":
      return readError(text);
    case ":":
      if (INTEGER.test(text)) return readInteger(text);
      break;
    case "_":
      if (text === "") return null;
      break;
    case "#":
      if (text === "t" || text === "f") return new BooleanReply(text === "t");
      break;
    case ",": {
      const value = NAMED_DOUBLES.get(text) ?? (DOUBLE.test(text) ? Number(text) : undefined);
      if (value !== undefined) return new DoubleReply(value);
      break;
    }
    case "(":
      if (DIGITS.test(text)) return new BigNumberReply(text);
      break;
    default:
      throw new ProtocolError(`unknown type '${marker}' in reply`);
  }
  throw new ProtocolError(`malformed '${marker}' in reply`);
}

/** A string (`$`), a verbatim one (`=`), an error that may have lines (`!`). Throws ProtocolError. */
export function readString(marker: "$" | "=" | "!", text: string): Reply {
  if (marker === "$") return text;
  if (marker === "!") return readError(text);
  if (text.length < 4 || text[3] !== ":") throw new ProtocolError("malformed '=' in reply");
  return new VerbatimReply(text.slice(0, 3), text.slice(4));
}

function readError(text: string): ReplyError {
  const space = text.indexOf(" ");
  return space < 0 ? new ReplyError(text, "") : new ReplyError(text.slice(0, space), text.slice(space + 1));
}

function readInteger(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}
