import type { Server } from "node:net";

export interface ListenAddress {
  readonly host: string;
  /** 0: the system picks one. */
  readonly port: number;
  /** A listening socket that the process was given; host and port are those of the socket then. */
  readonly fd?: number;
}

/** What node's servers are told. */
export function listenOptions({ host, port, fd }: ListenAddress): { host: string; port: number } | { fd: number } {
  return fd === undefined ? { host, port } : { fd };
}

/** Where a server has come to listen. */
export function boundAddress(server: Server, asked: ListenAddress): ListenAddress {
  const address = server.address();
  if (typeof address !== "object" || address === null) return asked;
  return { host: asked.fd === undefined ? asked.host : address.address, port: address.port };
}
