import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { AddressRanges } from "../../sockets/address-ranges.ts";
import { forwardedClient } from "../../sockets/forwarded.ts";
import { hostPort } from "../../sockets/host-port.ts";

/** Both ends of a connection as CLIENT LIST shows them. */
interface Ends {
  readonly peer: string;
  readonly local: string;
}

/** A connection keeps its ends, and asks for many requests. */
const known = new WeakMap<Socket, Ends>();

function endsOf(socket: Socket): Ends {
  let ends = known.get(socket);
  if (ends === undefined) {
    ends = {
      peer: hostPort(socket.remoteAddress, socket.remotePort),
      local: hostPort(socket.localAddress, socket.localPort),
    };
    known.set(socket, ends);
  }
  return ends;
}

/** Who asks: the other end of the connection, or whom a trusted proxy there names. */
export function clientAddress({ socket, headers }: IncomingMessage, proxies: AddressRanges): string {
  const forwardedFor = headers["x-forwarded-for"];
  const forwarded = forwardedFor === undefined ? null : forwardedClient(socket.remoteAddress, forwardedFor, proxies);
  return forwarded === null ? endsOf(socket).peer : hostPort(forwarded);
}

/** What the client has connected to. */
export function localAddress({ socket }: IncomingMessage): string {
  return endsOf(socket).local;
}
