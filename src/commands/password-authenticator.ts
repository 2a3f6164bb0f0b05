import { createHash, timingSafeEqual } from "node:crypto";
import type { Rights } from "./client-session.ts";
import type { ConfigStore } from "./config-store.ts";
import type { Authenticator } from "./server-context.ts";

/** One password for the user `default`: the setting `requirepass`, which CONFIG SET can change. */
export class PasswordAuthenticator implements Authenticator {
  readonly #config: ConfigStore;

  constructor(config: ConfigStore) {
    this.#config = config;
  }

  get required(): boolean {
    return this.#config.text("requirepass") !== "";
  }

  check(user: string, password: string): Rights | null {
    if (user !== "default") return null;
    if (!this.required) return "all";
    return sameSecret(password, this.#config.text("requirepass")) ? "all" : null;
  }
}

/** Takes as long whatever the difference is. */
function sameSecret(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text, "latin1").digest();
  return timingSafeEqual(digest(left), digest(right));
}
