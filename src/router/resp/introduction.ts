import type { Socket } from "node:net";
import type { BinaryString } from "../../base/bytes.ts";
import { encodeCommand } from "../../resp/command-encoder.ts";
import { ReplyDecoder } from "../../resp/reply-decoder.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";

/**
 * A few commands of the router's own on a connection that nobody else uses meanwhile, answered in order. `done` is called once: with the replies, or null when
 * the connection fails, says what is no RESP, or takes longer than `timeoutMs`. Returns how to give up.
 */
export function converse(
  socket: Socket,
  commands: readonly (readonly BinaryString[])[],
  timeoutMs: number,
  done: (replies: readonly Reply[] | null) => void,
): () => void {
  const decoder = new ReplyDecoder();
  const replies: Reply[] = [];
  const leave = (): void => {
    clearTimeout(timer);
    socket.off("data", onData).off("close", fail).off("end", fail);
  };
  const fail = (): void => {
    leave();
    done(null);
  };
  const onData = (chunk: Buffer): void => {
    try {
      decoder.feed(chunk);
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) replies.push(reply);
    } catch {
      fail();
      return;
    }
    if (replies.length < commands.length) return;
    leave();
    socket.pause();
    // More than was asked for: not in step with each other.
    done(replies.length === commands.length ? replies : null);
  };
  const timer = setTimeout(fail, timeoutMs);
  socket.on("data", onData).on("close", fail).on("end", fail);
  socket.resume();
  socket.write(commands.map((command) => encodeCommand(command)).join(""), "latin1");
  return leave;
}

export function isError(reply: Reply | undefined): boolean {
  return reply instanceof ReplyError;
}
