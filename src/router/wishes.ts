import type { Wishes } from "./choice.ts";

/**
 * What a request says of where it wants to be served: by the host name it was sent to, by its path, by its headers, by its token. Pure. A pin
 * (`x-region-force`, a path `/region/NAME/…`, a host name) is a promise: that region or an error, unless the caller allows another
 * by `x-region-fallback`. A token that is bound to regions never leaves them, whatever else is said.
 */
export interface Asked {
  /** Path and query, as they were sent. */
  readonly target: string;
  readonly header: (name: string) => string | null;
  readonly sticky: string | null;
}

export type ReadWishes =
  | {
      readonly kind: "wishes";
      readonly wishes: Wishes;
      /** Without the router's own prefix. */
      readonly target: string;
    }
  | { readonly kind: "contradiction"; readonly one: string; readonly other: string };

/** A host name with a port or without, in any case. */
function hostName(host: string): string {
  return host.replace(/:\d+$/u, "").replace(/\.$/u, "").toLowerCase();
}

const PREFIX = /^\/region\/([^/?]+)(.*)$/su;

/** Host names that stand for a region each. */
export class PinnedHosts {
  readonly #regions: ReadonlyMap<string, string>;

  constructor(hosts: readonly { readonly region: string; readonly host: string }[]) {
    this.#regions = new Map(hosts.map(({ region, host }) => [hostName(host), region]));
  }

  regionOf(host: string | null | undefined | false): string | null {
    if (this.#regions.size === 0 || host == null || host === false) return null;
    return this.#regions.get(hostName(host)) ?? null;
  }
}

/** `bounds`: the regions this request's token is bound to. */
export function readWishes(
  { target, header, sticky }: Asked,
  hosts: PinnedHosts,
  bounds: readonly string[] | null,
): ReadWishes {
  const prefixed = PREFIX.exec(target);
  const [first, ...others] = [
    header("x-region-force") ?? header("fly-force-region"),
    prefixed?.[1] ?? null,
    hosts.regionOf(header("host")),
  ].filter((pin) => pin !== null);
  const other = others.find((pin) => pin !== first);
  if (first !== undefined && other !== undefined) return { kind: "contradiction", one: first, other };
  const mayFallBack = header("x-region-fallback") !== null;
  const forced = first ?? null;
  const rest = prefixed?.[2] ?? target;
  return {
    kind: "wishes",
    target: rest.startsWith("/") ? rest : `/${rest}`,
    wishes: {
      forced: mayFallBack ? null : forced,
      preferred: (mayFallBack ? forced : null) ?? header("x-region") ?? header("fly-prefer-region"),
      sticky,
      within: bounds,
    },
  };
}
