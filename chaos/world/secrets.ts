import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Credentials of a world, kept in its data directory so that a second start has the same. */
export interface WorldSecrets {
  readonly token: string;
  readonly readOnlyToken: string;
  readonly secret: string;
}

export function loadSecrets(dataDir: string): WorldSecrets {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, "world.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as WorldSecrets;
  const secret = (): string => randomBytes(18).toString("base64url");
  const secrets: WorldSecrets = { token: secret(), readOnlyToken: secret(), secret: secret() };
  writeFileSync(`${path}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return secrets;
}
