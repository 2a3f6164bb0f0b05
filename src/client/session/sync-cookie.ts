import { createHmac, timingSafeEqual } from "node:crypto";
import { SessionOptionError } from "./session-errors.ts";

/** The cookie that carries, beside the session's, which write its client has to see wherever it goes next. */
export interface SyncCookieOptions {
  /** Signs what is sent; several: the first signs, all are accepted. */
  readonly secret: string | readonly string[];
  readonly name?: string;
  readonly path?: string;
  readonly domain?: string;
  /** `auto`: where the request came encrypted. */
  readonly secure?: boolean | "auto";
  readonly sameSite?: "lax" | "strict" | "none";
}

/** A token of one write names one run of one region: some forty bytes. A longer one is none of ours. */
const TOKEN_CHARACTERS_MAX = 256;
const PURPOSE = "antipode sync token:";
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/u;

/** Its text both ways. The token is signed, so that nobody makes a region wait for what was never written. */
export class SyncCookie {
  readonly #secrets: readonly string[];
  readonly #name: string;
  readonly #attributes: string;
  readonly #secure: boolean | "auto";

  /** Throws SessionOptionError. */
  constructor(options: SyncCookieOptions) {
    const { secret, name = "session.sync", path = "/", domain, secure = "auto", sameSite = "lax" } = options;
    this.#secrets = typeof secret === "string" ? [secret] : secret;
    if (!Array.isArray(this.#secrets) || this.#secrets.length === 0 || this.#secrets.some((one) => !one)) {
      throw new SessionOptionError("secret: the cookie is signed, so a secret is needed");
    }
    if (!NAME.test(name)) throw new SessionOptionError(`name: ${JSON.stringify(name)} is no name of a cookie`);
    this.#name = name;
    this.#secure = secure;
    const where = domain === undefined ? "" : `; Domain=${domain}`;
    this.#attributes = `; Path=${path}${where}; HttpOnly; SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}`;
  }

  /** From a request's `cookie` header; null without one that we have signed. */
  read(header: string | undefined): string | null {
    for (const part of header?.split(";") ?? []) {
      const at = part.indexOf("=");
      if (at === -1 || part.slice(0, at).trim() !== this.#name) continue;
      const token = this.#verified(part.slice(at + 1).trim());
      if (token !== null) return token;
    }
    return null;
  }

  /** A `set-cookie` header. Null: the client has nothing to wait for any more. */
  write(token: string | null, isEncrypted: boolean): string {
    const secure = (this.#secure === "auto" ? isEncrypted : this.#secure) ? "; Secure" : "";
    const value = token === null ? "" : `${token}.${sign(token, this.#secrets[0]!)}`;
    return `${this.#name}=${value}${this.#attributes}${secure}${token === null ? "; Max-Age=0" : ""}`;
  }

  #verified(value: string): string | null {
    const at = value.indexOf(".");
    const token = value.slice(0, at);
    if (at < 1 || at > TOKEN_CHARACTERS_MAX) return null;
    const given = Buffer.from(value.slice(at + 1));
    const isOurs = this.#secrets.some((secret) => {
      const right = Buffer.from(sign(token, secret));
      return right.length === given.length && timingSafeEqual(right, given);
    });
    return isOurs ? token : null;
  }
}

function sign(token: string, secret: string): string {
  return createHmac("sha256", secret)
    .update(PURPOSE + token)
    .digest("base64url");
}
