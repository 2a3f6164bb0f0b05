import type { Server, Socket } from "node:net";
import { NO_ADDRESSES, type AddressRanges } from "./address-ranges.ts";
import { readProxyHeader, type Endpoint } from "./proxy-header.ts";

/**
 * Makes a server read the PROXY header of connections that come from trusted proxies, before it sees them, and say who the client is where it says
 * who connected (`socket.remoteAddress`). Works on every server of node that accepts sockets, TLS too, whose handshake comes
 * after the header. From other addresses a header is no header: nobody may claim to be somebody else.
 */
export interface ProxiedDoorOptions {
  readonly from: AddressRanges;
  /**
   * `required`: a trusted proxy always sends one, so that what a client sends through a proxy that does not is never taken for one.
   * `optional`: it may, for doors that proxies reach which speak the protocol of the door instead.
   */
  readonly header: "required" | "optional";
  readonly onRefused: (proxy: string, reason: string) => void;
}

/** How long a trusted proxy may take to send it. */
const HEADER_TIMEOUT_MS = 5000;

export function expectProxyHeaders(server: Server, options: ProxiedDoorOptions): void {
  if (options.from === NO_ADDRESSES) return;
  const accepts = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  // A TLS socket asks its handle who is at the other end, so it is told by the ends of the connection below it.
  const underTls = new Map<string, Endpoint>();
  const accept = (socket: Socket, client: Endpoint | null): void => {
    if (client !== null) {
      const ends = endsOf(socket);
      underTls.set(ends, client);
      socket.once("close", () => underTls.delete(ends));
      introduce(socket, client);
    }
    for (const listener of accepts) listener.call(server, socket);
  };
  const goOn = (socket: Socket, client: Endpoint | null): void => {
    accept(socket, client);
    // Else it is not read yet, or TLS reads below it: what it holds would be lost if it flowed.
    if (socket.listenerCount("data") > 0) socket.resume();
  };
  server.prependListener("secureConnection", (socket: Socket) => {
    const client = underTls.get(endsOf(socket));
    if (client !== undefined) introduce(socket, client);
  });
  server.on("connection", (socket: Socket) => {
    if (options.from.contains(socket.remoteAddress)) receiveHeader(socket, options, goOn);
    else accept(socket, null);
  });
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function introduce(socket: Socket, { address, port }: Endpoint): void {
  Object.defineProperty(socket, "remoteAddress", { value: address, configurable: true });
  Object.defineProperty(socket, "remotePort", { value: port, configurable: true });
}

function receiveHeader(
  socket: Socket,
  { header: needs, onRefused }: ProxiedDoorOptions,
  accept: (socket: Socket, client: Endpoint | null) => void,
): void {
  const proxy = socket.remoteAddress ?? "?";
  let bytes: Buffer = Buffer.alloc(0);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off("data", onData).off("end", onEnd).off("error", refuse);
    socket.pause();
  };
  const refuse = (reason: string | Error): void => {
    leave();
    socket.on("error", () => {});
    socket.destroy();
    onRefused(proxy, String(reason));
  };
  const onEnd = (): void => refuse("the connection ended before its PROXY header");
  const onData = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header.kind === "more") return;
    if (header.kind === "malformed" && needs === "required") return refuse(header.reason);
    const [lengthBytes, client] = header.kind === "header" ? [header.lengthBytes, header.client] : [0, null];
    leave();
    if (lengthBytes < bytes.length) socket.unshift(bytes.subarray(lengthBytes));
    accept(socket, client);
  };
  const waitOver = (): void => {
    if (needs === "required" || bytes.length > 0) return refuse(`no PROXY header within ${HEADER_TIMEOUT_MS} ms`);
    leave();
    accept(socket, null);
  };
  const timer = setTimeout(waitOver, HEADER_TIMEOUT_MS);
  socket.on("data", onData).on("end", onEnd).on("error", refuse);
  // Doors may accept paused.
  socket.resume();
}
