import { readFileSync } from "node:fs";
import type { SecureContextOptions } from "node:tls";

/** PEM files for links between regions. */
export interface TlsFiles {
  /** Our certificate, with what is between it and its authority. */
  readonly certificate: string;
  readonly key: string;
  /**
   * Who may sign peers' certificates. With it, both sides of every link have to show one; without it the system's authorities judge
   * whom we dial, and who dials us shows none: the shared secret alone says who they are.
   */
  readonly authority: string | null;
}

/** Throws when a file cannot be read. */
export function readTls({ certificate, key, authority }: TlsFiles): SecureContextOptions {
  return {
    cert: readFileSync(certificate),
    key: readFileSync(key),
    ...(authority === null ? {} : { ca: readFileSync(authority) }),
    minVersion: "TLSv1.2",
  };
}
