import { hash } from "node:crypto";

/** A REST token, by its SHA-256 in hex, or a user of the Redis protocol, and the regions that may serve it. */
export interface Bound {
  readonly kind: "token" | "user";
  readonly name: string;
  readonly regions: readonly string[];
}

/** `sha256:HEX=eu-west+eu-north` or `user:NAME=eu-west`; null: neither. */
export function parseBound(text: string): Bound | null {
  const match = /^(?:sha256:([0-9a-fA-F]{64})|user:([^=\s]+))=([^=\s]+)$/u.exec(text);
  const regions = match?.[3]?.split("+") ?? [];
  if (match === null || regions.some((region) => region === "")) return null;
  if (match[1] === undefined) return { kind: "user", name: match[2]!, regions };
  return { kind: "token", name: match[1].toLowerCase(), regions };
}

const BEARER = /^bearer +(.*)$/iu;

/** Which regions may serve whom: data residency. Who is not named may be served anywhere. Only hashes of tokens are known here. */
export class Bounds {
  readonly #tokens: ReadonlyMap<string, readonly string[]>;
  readonly #users: ReadonlyMap<string, readonly string[]>;

  constructor(bounds: readonly Bound[]) {
    const of = (kind: Bound["kind"]) =>
      new Map(bounds.filter((bound) => bound.kind === kind).map(({ name, regions }) => [name, regions]));
    this.#tokens = of("token");
    this.#users = of("user");
  }

  get hasUsers(): boolean {
    return this.#users.size > 0;
  }

  /** By the header as regions read it, or without one by `_token` in the query. */
  ofRequest(authorization: string | null, target: string): readonly string[] | null {
    if (this.#tokens.size === 0) return null;
    const token = BEARER.exec(authorization ?? "")?.[1]?.trim() ?? queryToken(target);
    if (token === null) return null;
    return this.#tokens.get(hash("sha256", Buffer.from(token, "latin1"), "hex")) ?? null;
  }

  ofUser(user: string): readonly string[] | null {
    return this.#users.get(user) ?? null;
  }
}

/** As regions read it: the last one counts, and its name may be escaped too. */
function queryToken(target: string): string | null {
  const at = target.indexOf("?");
  let token: string | null = null;
  if (at < 0) return token;
  for (const pair of target.slice(at + 1).split("&")) {
    const equals = pair.indexOf("=");
    if (percentDecoded(equals < 0 ? pair : pair.slice(0, equals)) !== "_token") continue;
    token = equals < 0 ? "" : percentDecoded(pair.slice(equals + 1));
  }
  return token;
}

/** Bytes as latin1: what does not decode stays as it is. */
function percentDecoded(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/%([0-9a-fA-F]{2})/gu, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
