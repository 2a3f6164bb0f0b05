import type { Socket } from "node:net";
import { errorJson } from "./result.ts";

/** What Node's HTTP parser refuses before there is a request: by the code of its error, a status line and a reason. */
const REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "ERR the request took too long to arrive"],
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "ERR the request line and headers are too large"],
};
const MALFORMED: readonly [string, string] = ["400 Bad Request", "ERR malformed HTTP request"];

/** Answers a client that does not speak HTTP, in JSON like everything else, and ends its connection. */
export function refuseConnection(error: { readonly code?: string | undefined }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] = REFUSALS[error.code ?? ""] ?? MALFORMED;
  const body = errorJson(reason);
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\n` +
      `connection: close\r\n\r\n${body}`,
    "latin1",
    () => socket.destroy(),
  );
}
