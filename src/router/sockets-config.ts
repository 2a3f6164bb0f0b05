import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { NO_ADDRESSES, type AddressRanges } from "../sockets/address-ranges.ts";
import type { ProxyVersion } from "../sockets/proxy-header.ts";
import { readTls, type TlsFiles } from "../sockets/tls-files.ts";

/** How clients reach one of the router's doors. */
export interface DoorConfig {
  /** Null: without TLS. */
  readonly tls: TlsFiles | null;
  /** Proxies whose connections begin with a PROXY header, and have to. */
  readonly proxyHeadersFrom: AddressRanges;
}

/** How the router reaches regions. */
export interface TowardsConfig {
  /** Who signs the regions' certificates; null: the system's authorities judge them. */
  readonly authority: string | null;
  /** What the router shows to regions that ask for a certificate. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Connections to regions' RESP addresses begin with a PROXY header of this version; null: with none. */
  readonly proxyVersion: ProxyVersion | null;
}

export const PLAIN_DOOR: DoorConfig = { tls: null, proxyHeadersFrom: NO_ADDRESSES };
export const PLAIN_TOWARDS: TowardsConfig = { authority: null, certificate: null, key: null, proxyVersion: null };

/** Throws Error with what is wrong with the files. */
export function readTowards({ authority, certificate, key }: TowardsConfig): SecureContextOptions {
  const options: SecureContextOptions = {
    minVersion: "TLSv1.2",
    ...(authority === null ? {} : { ca: readFileSync(authority) }),
    ...(certificate === null ? {} : { cert: readFileSync(certificate) }),
    ...(key === null ? {} : { key: readFileSync(key) }),
  };
  createSecureContext(options);
  return options;
}

/** Throws Error with what is wrong with a door's files: better at the start than at the first client. */
export function checkDoor({ tls }: DoorConfig): void {
  if (tls !== null) createSecureContext(readTls(tls));
}
