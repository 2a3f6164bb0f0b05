import type { BinaryString } from "../../base/bytes.ts";
import { encodeCommand } from "../../resp/command-encoder.ts";
import { ProtocolError } from "../../resp/protocol-error.ts";
import { ReplyDecoder } from "../../resp/reply-decoder.ts";
import type { Reply } from "../../resp/reply.ts";

/** What one region asks another to run for a client of its own, as the body of a call: an array of strings in RESP. */
export interface ForwardedCall {
  /** Which door the client came through: some commands differ by it. */
  readonly door: "resp" | "rest";
  /** `operator`, `read-only`, or `user:NAME`. Its rights were checked where the client is; scripts check them again. */
  readonly rights: string;
  readonly protocol: 2 | 3;
  readonly db: number;
  readonly isAtomic: boolean;
  /** One command, or those of one transaction. */
  readonly commands: readonly (readonly BinaryString[])[];
}

const HEAD_WORDS = 5;

export function encodeForwarded({ door, rights, protocol, db, isAtomic, commands }: ForwardedCall): BinaryString {
  const head = [door, rights, String(protocol), String(db), isAtomic ? "atomic" : "one"];
  return encodeCommand([...head, ...commands.flatMap((argv) => [String(argv.length), ...argv])]);
}

/** Null when this is none: peers are believed in, and may be of another version. */
export function decodeForwarded(body: BinaryString): ForwardedCall | null {
  const words = decodeReply(body);
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string") || words.length <= HEAD_WORDS)
    return null;
  const [door, rights, protocol, db, kind] = words as [string, string, string, string, string];
  if ((door !== "resp" && door !== "rest") || (protocol !== "2" && protocol !== "3")) return null;
  const commands: BinaryString[][] = [];
  for (let at = HEAD_WORDS; at < words.length;) {
    const count = Number(words[at]);
    if (!Number.isInteger(count) || count < 1 || at + count >= words.length) return null;
    commands.push(words.slice(at + 1, at + 1 + count));
    at += count + 1;
  }
  return { door, rights, protocol: protocol === "2" ? 2 : 3, db: Number(db), isAtomic: kind === "atomic", commands };
}

/** Undefined when this is no whole reply. */
export function decodeReply(body: BinaryString): Reply | undefined {
  const decoder = new ReplyDecoder();
  decoder.feed(Buffer.from(body, "latin1"));
  try {
    return decoder.next();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
