import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import { writeProxyHeader, type Endpoint, type ProxyVersion } from "../../sockets/proxy-header.ts";

/** How the router connects to a region's RESP address. */
export interface DialOptions {
  /** `redis://host:port`, or `rediss://` for TLS: the region's certificate must be for that host. */
  readonly url: string;
  /** Authorities and our own certificate, for TLS. */
  readonly secure: SecureContext | null;
  /** The region is told who the client is. Null: it is not. */
  readonly proxyVersion: ProxyVersion | null;
  readonly client: Endpoint | null;
  readonly local: Endpoint | null;
  readonly timeoutMs: number;
  readonly keepAliveMs: number;
}

export interface Dial {
  cancel(): void;
}

/**
 * Connects; then exactly one of the two is called, unless it is cancelled. A socket that is handed over has no listeners but one that keeps its
 * errors from ending the process.
 */
export function dialRegion(
  options: DialOptions,
  ready: (socket: Socket) => void,
  failed: (reason: string) => void,
): Dial {
  const { url, timeoutMs, keepAliveMs } = options;
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/gu, "");
  const raw = connectTcp({
    host,
    port: Number(port === "" ? 6379 : port),
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  });
  let over = false;
  let socket: Socket = raw;
  const settle = (): boolean => {
    if (over) return false;
    over = true;
    clearTimeout(timer);
    return true;
  };
  const fail = (reason: string): void => {
    if (!settle()) return;
    socket.destroy();
    raw.destroy();
    failed(reason);
  };
  const succeed = (): void => {
    if (!settle()) return;
    socket.off("close", onClose);
    raw.off("close", onClose);
    ready(socket);
  };
  const onClose = (): void => fail("closed");
  const timer = setTimeout(() => fail(`no connection within ${timeoutMs} ms`), timeoutMs);
  raw.on("error", (error) => fail(error.message));
  raw.on("close", onClose);
  raw.once("connect", () => {
    if (over) return;
    if (options.proxyVersion !== null) {
      raw.write(writeProxyHeader(options.proxyVersion, options.client, options.local));
    }
    if (protocol !== "rediss:") return succeed();
    const context = options.secure === null ? {} : { secureContext: options.secure };
    // Names of certificates are checked as always: an address is no server name.
    const named = /^[\d.]+$|:/u.test(host) ? {} : { servername: host };
    const secure = connectTls({ socket: raw, host, ...named, ...context });
    socket = secure;
    secure.on("error", (error) => fail(error.message));
    secure.on("close", onClose);
    secure.once("secureConnect", succeed);
  });
  return {
    cancel: () => {
      if (!settle()) return;
      socket.destroy();
      raw.destroy();
    },
  };
}
