import type { Socket } from "node:net";
import { RequestScanner } from "./request-scanner.ts";
import { claimedUser, keepsWords } from "./session-memory.ts";

/** Bytes of a first command that are waited for. */
const BYTES_MAX = 64 * 1024;

/**
 * Waits for a client's first command, to see as whom it comes before any region is chosen; then `done` is called once, with the user it claims
 * to be (`default` if it says nothing of it), or null where that cannot be told. What was read is put back. Returns how to give up.
 */
export function readFirstUser(client: Socket, done: (user: string | null) => void): () => void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let user: string | null | undefined;
  const scanner = new RequestScanner(keepsWords, (command) => {
    if (user === undefined) user = claimedUser(command) ?? "default";
  });
  const leave = (): void => void client.off("data", onData).off("end", onEnd);
  const onEnd = (): void => {
    leave();
    done(null);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    bytes += chunk.length;
    scanner.feed(chunk);
    if (user === undefined && scanner.understands && bytes <= BYTES_MAX) return;
    leave();
    client.pause();
    client.unshift(Buffer.concat(chunks));
    done(user ?? null);
  };
  client.on("data", onData).on("end", onEnd);
  return leave;
}
