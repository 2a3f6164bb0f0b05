/** Seen from who dials: `upstream` is what the dialler sends, `downstream` what it is sent. */
export type Stream = "upstream" | "downstream";

/** One way to spoil a stream of a link. The words and their meaning are toxiproxy's. */
export type Toxic =
  /** Each piece arrives `latencyMs` ± `jitterMs` later, in order. */
  | { readonly kind: "latency"; readonly latencyMs: number; readonly jitterMs: number }
  /** A connection carries no more than this. */
  | { readonly kind: "bandwidth"; readonly kilobytesPerSecond: number }
  /** Nothing passes and nothing is kept, while connections stay open and new ones are accepted. Taking it away closes them. */
  | { readonly kind: "black-hole" }
  /** Data comes in small pieces with a pause between them. */
  | { readonly kind: "slicer"; readonly averageBytes: number; readonly pauseMicros: number }
  /** A connection is closed once it has carried so many bytes since: in the middle of a frame. */
  | { readonly kind: "cut-after"; readonly bytes: number }
  /** Connections opened from now on are reset `afterMs` after the first piece of this stream; those that are open are closed so. */
  | { readonly kind: "reset-peer"; readonly afterMs: number };

/** One road between a dialler and an upstream. Every call resolves once the change holds. */
export interface Link {
  readonly name: string;
  /** Where the dialler finds it, HOST:PORT; the same for as long as the link lives. */
  readonly address: string;
  /** Adds a toxic under a name that is free on this link. */
  addToxic(name: string, stream: Stream, toxic: Toxic): Promise<void>;
  /** Takes it away again; a name that is not there is no error. */
  removeToxic(name: string): Promise<void>;
  /** Closed: connections are closed at once and new ones refused. */
  setOpen(open: boolean): Promise<void>;
  /** Ends the link. */
  remove(): Promise<void>;
}

/** What stands between programs: a toxiproxy server or the built-in proxy. */
export interface Links {
  /** For reports: which one, and its version. */
  readonly kind: "toxiproxy" | "built-in";
  readonly version: string;
  /** A new link on a port that the system picks. Names: lower-case letters, digits, `-` and `_`. */
  open(name: string, upstream: string): Promise<Link>;
  /** Ends every link, and the server where it is ours. */
  close(): Promise<void>;
}

const NAME = /^[a-z0-9_-]{1,100}$/u;

/** A link was asked for, or changed, in a way that cannot be. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

export function checkLinkName(name: string): void {
  if (!NAME.test(name)) throw new LinkError(`a link is named with a–z, 0–9, "-" and "_", not "${name}"`);
}

/** Splits HOST:PORT. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const at = address.lastIndexOf(":");
  return { host: address.slice(0, at).replace(/^\[|\]$/gu, ""), port: Number(address.slice(at + 1)) };
}
