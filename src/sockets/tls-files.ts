import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Server as NetServer } from "node:net";
import { createSecureContext, Server, type SecureContextOptions, type TlsOptions } from "node:tls";
import type { Logger } from "../base/logger.ts";

/** How long a client may take for its handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How often doors look whether their certificate has been renewed. */
const LOOK_EVERY_MS = 5_000;

/** PEM files of one end of TLS. */
export interface TlsFiles {
  /** Our certificate, with what is between it and its authority. */
  readonly certificate: string;
  readonly key: string;
  /** Who may sign the other side's certificate; null: nobody has to show one, or the system's authorities judge it. */
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

/** What a door listens with: with an authority, whoever comes has to show a certificate. Throws when a file cannot be read. */
export function doorTls(files: TlsFiles): TlsOptions {
  return { ...readTls(files), requestCert: files.authority !== null, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
}

/**
 * Gives a server a certificate's new files once they have changed, without a restart: new connections see them, open ones go on. Files are looked
 * at and not watched: what renews certificates often swaps a link or a mount, which watching misses. Files that do not fit together
 * (a renewal in the middle) leave the old certificate in place and are tried again. Returns what ends it.
 */
export function renewTls(files: TlsFiles, server: NetServer, logger: Logger, everyMs = LOOK_EVERY_MS): () => void {
  let known = "";
  let complained = "";
  const look = async (): Promise<void> => {
    const mark = await markOf(files);
    if (known === "") known = mark;
    if (mark === known) return;
    try {
      const read = readTls(files);
      // Throws where key and certificate are not each other's.
      createSecureContext(read);
      if (server instanceof Server) server.setSecureContext(read);
      known = mark;
      logger.info("certificate renewed", { certificate: files.certificate });
    } catch (error) {
      if (mark !== complained) logger.error("the new certificate is not taken", { error: String(error) });
      complained = mark;
    }
  };
  void look();
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function markOf(files: TlsFiles): Promise<string> {
  const paths = [files.certificate, files.key, ...(files.authority === null ? [] : [files.authority])];
  const marks = paths.map(async (path) => {
    const found = await stat(path).catch(() => null);
    return found === null ? "none" : `${found.ino} ${found.size} ${found.mtimeMs}`;
  });
  return (await Promise.all(marks)).join(", ");
}
