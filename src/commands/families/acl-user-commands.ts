import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, SetReply, type Reply } from "../../resp/reply.ts";
import { DEFAULT_USER } from "../acl/access-control.ts";
import {
  BAD_USER_NAME,
  badModifier,
  DEFAULT_USER_STAYS,
  TOKEN_WITHOUT_PASSWORD,
  unmatchedParenthesis,
  wrongTokenCredentials,
} from "../acl/refusals.ts";
import { issueToken, removeTokensOf } from "../acl/rest-tokens.ts";
import { RuleFault } from "../acl/rule-fault.ts";
import type { Selector } from "../acl/selector.ts";
import { readStored, USERS } from "../acl/stored-users.ts";
import { hashPassword, mergeSelectors, UserRules } from "../acl/user-rules.ts";
import type { CommandFlag } from "../command-meta.ts";
import { defineCommand, type Command, type DataDefinition } from "../define-command.ts";

/** ACL subcommands that read and change users. Users are data: they run in a transaction, like any command on data. */

export const ACL_FLAGS: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];
const REPLICATED =
  "Users are data and hold in every region. Of two changes of one user at once the later one counts, whole; one that is deleted " +
  "while another region changes it stays, as changed there.";

type Shape<Request> = Pick<
  DataDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "parse" | "run"
> & { readonly flags?: readonly CommandFlag[] };

function defineOnUsers<Request>(shape: Shape<Request>): Command {
  return defineCommand<Request>({
    flags: ACL_FLAGS,
    ...shape,
    group: "server",
    complexity: "O(N) in the number of users",
    convergence: REPLICATED,
  });
}

const SPACE = /[\s\0]/u;

export const setuser = defineOnUsers({
  name: "ACL SETUSER",
  since: "6.0.0",
  arity: -3,
  syntax: "username [rule [rule ...]]",
  summary: "Creates a user, or changes one: all rules given, or none.",
  parse(args) {
    const [name, ...words] = args as [BinaryString, ...BinaryString[]];
    if (SPACE.test(name)) throw BAD_USER_NAME;
    const rules = mergeSelectors(words);
    if (rules === null) {
      throw unmatchedParenthesis(words.findLast((word) => word.startsWith("(") && !word.endsWith(")")) ?? "(");
    }
    return { name, rules };
  },
  run(tx, { name, rules }, { server }): Reply {
    const { access, commands, config } = server;
    access.refresh(tx);
    const allChannels = config.text("acl-pubsub-default") === "allchannels";
    const changed = access.find(name)?.rules.copy() ?? UserRules.fresh(allChannels, commands);
    for (const rule of rules) {
      try {
        changed.apply(rule, commands, allChannels);
      } catch (error) {
        if (error instanceof RuleFault) throw badModifier(rule, error.message);
        throw error;
      }
    }
    USERS.put(tx, name, changed.text);
    return OK;
  },
});

export const deluser = defineOnUsers({
  name: "ACL DELUSER",
  since: "6.0.0",
  arity: -3,
  syntax: "username [username ...]",
  summary:
    "Deletes users with their REST tokens, and closes their connections, in every region; answers how many there were.",
  parse(names) {
    if (names.includes(DEFAULT_USER)) throw DEFAULT_USER_STAYS;
    return new Set(names);
  },
  run(tx, names, { session }): Reply {
    const stored = readStored(tx, USERS);
    const there = [...names].filter((name) => stored.has(name));
    USERS.remove(tx, there);
    for (const name of there) removeTokensOf(tx, name);
    // Who deletes itself hears the answer.
    if (there.includes(session.user.name)) session.endsAfterReply = true;
    return there.length;
  },
});

export const getuser = defineOnUsers({
  name: "ACL GETUSER",
  since: "6.0.0",
  arity: 3,
  syntax: "username",
  summary: "Answers the rules of a user as a map, or null.",
  parse: (args) => args[0]!,
  run(tx, name, { server }): Reply {
    server.access.refresh(tx);
    const rules = server.access.find(name)?.rules;
    if (rules === undefined) return null;
    return new MapReply([
      ["flags", new SetReply(rules.flags)],
      ["passwords", rules.passwords],
      ...describe(rules.root),
      ["selectors", rules.selectors.map((selector) => new MapReply(describe(selector)))],
    ]);
  },
});

function describe(selector: Selector): readonly (readonly [string, Reply])[] {
  return [
    ["commands", selector.commands.text],
    ["keys", selector.keysText],
    ["channels", selector.channelsText],
  ];
}

export const list = defineOnUsers({
  name: "ACL LIST",
  since: "6.0.0",
  arity: 2,
  syntax: "",
  summary: "Answers every user with its rules, as ACL SETUSER takes them.",
  parse: () => null,
  run(tx, _request, { server }): Reply {
    server.access.refresh(tx);
    return server.access.users().map(({ name, rules }) => `user ${name} ${rules.text}`);
  },
});

export const users = defineOnUsers({
  name: "ACL USERS",
  since: "6.0.0",
  arity: 2,
  syntax: "",
  summary: "Answers the names of all users.",
  parse: () => null,
  run(tx, _request, { server }): Reply {
    server.access.refresh(tx);
    return server.access.users().map(({ name }) => name);
  },
});

export const resttoken = defineOnUsers({
  name: "ACL RESTTOKEN",
  since: "0.1.0",
  arity: 4,
  flags: ["noscript", "loading", "stale"],
  syntax: "username password",
  summary:
    "Makes a REST token with the rights of a user, valid in every region until the user is deleted, turned off, or loses that password. A user's newest 16 are valid.",
  parse: (args) => ({ name: args[0]!, password: args[1]! }),
  run(tx, { name, password }, { server }): Reply {
    server.access.refresh(tx);
    const user = server.access.authenticate(name, password);
    if (user === null) throw wrongTokenCredentials(name);
    if (user.rules.anyPassword) throw TOKEN_WITHOUT_PASSWORD;
    return issueToken(tx, name, hashPassword(password));
  },
});
