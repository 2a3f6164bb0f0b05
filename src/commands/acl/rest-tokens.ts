import { createHash } from "node:crypto";
import type { BinaryString } from "../../base/bytes.ts";
import { randomHex } from "../../base/random.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { readStored, TOKENS } from "./stored-users.ts";
import type { UserRules } from "./user-rules.ts";

/** Tokens of one user that are valid at one time: a further one takes the place of the oldest. */
const TOKENS_OF_USER_MAX = 16;
const TOKEN_BYTES = 32;

/** A token as it is kept: under its SHA-256, so that who reads the database does not learn it. */
export interface StoredToken {
  readonly user: BinaryString;
  readonly issuedAtMs: number;
  /** SHA-256 of the password it was issued for: it ends with that. */
  readonly password: string;
}

export function digestOfToken(token: BinaryString): string {
  return createHash("sha256").update(token, "latin1").digest("hex");
}

/** Null when it is none that this version knows. */
export function parseStoredToken(text: BinaryString): StoredToken | null {
  const match = /^([0-9]{1,16}) ([0-9a-f]{64}) (.*)$/su.exec(text);
  return match === null ? null : { issuedAtMs: Number(match[1]), password: match[2]!, user: match[3]! };
}

/** Whether a token is still worth something: its user is on, and has the password that it was issued for. */
export function isTokenValid({ password }: StoredToken, rules: UserRules): boolean {
  return rules.enabled && rules.passwords.includes(password);
}

/** Makes a token and stores it. `password`: the SHA-256 of the user's password. */
export function issueToken(tx: Transaction, user: BinaryString, password: string): string {
  const token = Buffer.from(randomHex(TOKEN_BYTES), "hex").toString("base64url");
  const older = tokensOf(tx, user).toSorted(([, left], [, right]) => left.issuedAtMs - right.issuedAtMs);
  const tooMany = older.slice(0, Math.max(0, older.length - TOKENS_OF_USER_MAX + 1));
  TOKENS.remove(
    tx,
    tooMany.map(([digest]) => digest),
  );
  TOKENS.put(tx, digestOfToken(token), `${tx.nowMs} ${password} ${user}`);
  return token;
}

/** A user that is deleted takes its tokens along: one made later under its name must not find them valid. */
export function removeTokensOf(tx: Transaction, user: BinaryString): void {
  TOKENS.remove(
    tx,
    tokensOf(tx, user).map(([digest]) => digest),
  );
}

function tokensOf(tx: Transaction, user: BinaryString): (readonly [digest: string, token: StoredToken])[] {
  return [...readStored(tx, TOKENS)].flatMap(([digest, text]) => {
    const token = parseStoredToken(text);
    return token?.user === user ? [[digest, token] as const] : [];
  });
}
