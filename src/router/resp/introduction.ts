import type { Socket } from "node:net";
import type { BinaryString } from "../../base/bytes.ts";
import { encodeCommand } from "../../resp/command-encoder.ts";
import { ReplyDecoder } from "../../resp/reply-decoder.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { RespLimits } from "../limits.ts";

/**
 * A few commands of the router's own on a connection that nobody else uses meanwhile, answered in order. `done` is called once: with the replies, or null when
 * the connection fails, says what is no RESP, or takes longer than `timeoutMs`. Returns how to give up.
 */
function converse(
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

/** What a session has seen, by the region it is about to leave. `isInStep`: false where it did not answer in time, and may still do so. */
export function askToken(
  socket: Socket,
  { tokenTimeoutMs }: RespLimits,
  done: (isInStep: boolean, token: BinaryString | null) => void,
): () => void {
  return converse(socket, [["ANTIPODE", "TOKEN"]], tokenTimeoutMs, (replies) => {
    const token = replies?.[0];
    done(replies !== null, typeof token === "string" ? token : null);
  });
}

/**
 * Tells a region who a session is, and lets it wait for what that has seen. `done` is called once, with why not: "refused", or "no answer". A region that lacks
 * what was seen serves all the same, and one that knows no tokens too.
 */
export function introduceSession(
  socket: Socket,
  who: readonly (readonly BinaryString[])[],
  token: BinaryString | null,
  { tokenWaitMs, introductionTimeoutMs }: RespLimits,
  done: (failure: "refused" | "no answer" | null) => void,
): () => void {
  const waiting = token === null ? [] : [["ANTIPODE", "AWAIT", token, String(tokenWaitMs), "STALE", "SERVE"]];
  const commands = [...who, ...waiting];
  if (commands.length === 0) {
    done(null);
    return () => {};
  }
  return converse(socket, commands, introductionTimeoutMs, (replies) => {
    if (replies === null) return done("no answer");
    done(replies.slice(0, who.length).some((reply) => reply instanceof ReplyError) ? "refused" : null);
  });
}
