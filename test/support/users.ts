import { User } from "../../src/commands/acl/user.ts";
import { UserRules } from "../../src/commands/acl/user-rules.ts";
import type { Executor } from "../../src/commands/executor.ts";

/** A user for tests that have no database: `rules` as ACL SETUSER takes them, without names of commands. */
export function userWith(rules: string, name = "default"): User {
  return new User(name, UserRules.parse(rules, new Map()));
}

/** The users of a door that is tested without a node behind it. */
export function standIns(ofToken: (token: string) => User | null = () => null): Executor["access"] {
  const all = userWith("on nopass ~* &* +@all");
  return {
    default: all,
    operator: all,
    readOnly: userWith("on nopass ~* &* -@all", "read-only"),
    ofToken,
    named: () => undefined,
  };
}
