import { hash, timingSafeEqual } from "node:crypto";
import { utf8ToBinary, type BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { User } from "../../commands/acl/user.ts";
import type { Executor } from "../../commands/executor.ts";
import { CommandQuota } from "./command-quota.ts";
import type { RestLimits } from "./rest-limits.ts";

/** A token of the configuration: the operator's own, with all rights or to read. */
export interface AccessToken {
  readonly token: string;
  readonly rights: "all" | "read-only";
}

/** What the holder of a token may do. */
export interface Access {
  readonly user: User;
  readonly quota: CommandQuota;
  /** Names the token without telling it. */
  readonly scope: string;
}

/** Users' tokens whose quota is remembered; beyond, the one that was used longest ago begins anew. */
const QUOTAS_MAX = 10_000;

/** Headers that are known by heart: so many ways there are at most to write those few tokens that matter. */
const HEADERS_MAX = 64;

const BEARER = "bearer ";

/** The tokens this door knows. An empty one is none: it would open the door to everybody. */
export class AccessTokens {
  readonly #known: readonly { readonly digest: Buffer; readonly access: Access }[];
  readonly #users: Executor["access"];
  readonly #limits: RestLimits;
  readonly #clock: Clock;
  /** What a whole `Authorization` header gave access to, for tokens of the configuration, which never change. */
  readonly #byHeader = new Map<string, Access>();
  /** Of users' tokens, by token, the one used last at the end. */
  readonly #quotas = new Map<BinaryString, CommandQuota>();

  constructor(tokens: readonly AccessToken[], users: Executor["access"], limits: RestLimits, clock: Clock) {
    this.#users = users;
    this.#limits = limits;
    this.#clock = clock;
    this.#known = tokens
      .filter(({ token }) => token !== "")
      .map(({ token, rights }) => ({
        digest: digestOf(utf8ToBinary(token)),
        access: {
          user: rights === "all" ? users.operator : users.readOnly,
          quota: new CommandQuota(limits, clock),
          scope: digestOf(utf8ToBinary(token)).toString("base64"),
        },
      }));
  }

  /**
   * What the `Authorization: Bearer …` header, or without one the query's `_token`, gives access to: the operator's rights, or
   * those of the user that ACL RESTTOKEN issued it for; null when it is none of ours. Digests are compared, each of them whole: how long it takes tells nothing of the tokens, not even their lengths.
   * Nor does it where a header is looked up that was right before: a Map finds it by its hash, whose seed each process draws for itself, and looks at
   * its characters only when that is the same.
   */
  find(authorization: string | undefined, queryToken: BinaryString | null): Access | null {
    const byHeader = authorization === undefined ? undefined : this.#byHeader.get(authorization);
    if (byHeader !== undefined) return byHeader;
    const bearer = bearerOf(authorization);
    const token = bearer ?? queryToken ?? "";
    const digest = digestOf(token);
    let found: Access | null = null;
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) found = known.access;
    if (found !== null && bearer !== null && this.#byHeader.size < HEADERS_MAX)
      this.#byHeader.set(authorization!, found);
    if (found !== null || token === "") return found;
    const user = this.#users.ofToken(token);
    return user === null ? null : { user, quota: this.#quotaOf(token), scope: digest.toString("base64") };
  }

  #quotaOf(token: BinaryString): CommandQuota {
    const quota = this.#quotas.get(token) ?? new CommandQuota(this.#limits, this.#clock);
    this.#quotas.delete(token);
    this.#quotas.set(token, quota);
    if (this.#quotas.size > QUOTAS_MAX) this.#quotas.delete(this.#quotas.keys().next().value!);
    return quota;
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
