import { isNamedVector, namedIncludes, type NamedVector } from "../../crdt/version-vector.ts";

/** What the token needs of the database. */
export interface TokenSource {
  vector(): NamedVector;
  /** Called whenever more may be covered; returns how to stop. */
  onDurable(listener: () => void): () => void;
}

/**
 * `upstash-sync-token`: a version vector, so that any region can tell whether it has what this client has seen. Opaque to clients,
 * differs after every write; what is empty, unknown or garbage is no token and never an error.
 */
export function issueToken(source: TokenSource): string {
  return Buffer.from(JSON.stringify(source.vector())).toString("base64url");
}

export function parseToken(text: string | undefined): NamedVector | null {
  if (text === undefined || text === "" || text.length > 65_536) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    return isNamedVector(value) ? value : null;
  } catch {
    return null;
  }
}

/** True once everything in `wanted` is applied here; false after `timeoutMs`. */
export function awaitVector(source: TokenSource, wanted: NamedVector, timeoutMs: number): Promise<boolean> {
  if (namedIncludes(source.vector(), wanted)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (covered: boolean): void => {
      clearTimeout(timer);
      stop();
      resolve(covered);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    const stop = source.onDurable(() => {
      if (namedIncludes(source.vector(), wanted)) settle(true);
    });
  });
}
