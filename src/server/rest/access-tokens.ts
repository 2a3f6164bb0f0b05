import { hash, timingSafeEqual } from "node:crypto";
import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Rights } from "../../commands/client-session.ts";
import { CommandQuota } from "./command-quota.ts";
import type { RestLimits } from "./rest-limits.ts";

export interface AccessToken {
  readonly token: string;
  readonly rights: Rights;
}

/** What the holder of a token may do. */
export interface Access {
  readonly rights: Rights;
  readonly quota: CommandQuota;
}

const BEARER = "bearer ";

/** The tokens this door knows. An empty one is none: it would open the door to everybody. */
export class AccessTokens {
  readonly #known: readonly { readonly digest: Buffer; readonly access: Access }[];

  constructor(tokens: readonly AccessToken[], limits: RestLimits, clock: Clock) {
    this.#known = tokens
      .filter(({ token }) => token !== "")
      .map(({ token, rights }) => ({
        digest: digestOf(utf8ToBinary(token)),
        access: { rights, quota: new CommandQuota(limits, clock) },
      }));
  }

  /**
   * What the `Authorization: Bearer …` header, or without one the query's `_token`, gives access to; null when it is none of
   * ours. Digests are compared, each of them whole: how long it takes tells nothing of the tokens, not even their lengths.
   */
  find(authorization: string | undefined, queryToken: BinaryString | null): Access | null {
    const digest = digestOf(bearerOf(authorization) ?? queryToken ?? "");
    let found: Access | null = null;
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) found = known.access;
    return found;
  }
}

/** Header values are bytes in a latin1 string, as binary strings are. */
function bearerOf(authorization: string | undefined): BinaryString | null {
  if (authorization === undefined || authorization.slice(0, BEARER.length).toLowerCase() !== BEARER) return null;
  return authorization.slice(BEARER.length).trim();
}

function digestOf(token: BinaryString): Buffer {
  return hash("sha256", Buffer.from(token, "latin1"), "buffer");
}
