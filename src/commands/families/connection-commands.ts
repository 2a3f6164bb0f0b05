import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, PONG, Status, type Reply } from "../../resp/reply.ts";
import { logRefusal } from "../acl/access-check.ts";
import { DEFAULT_USER } from "../acl/access-control.ts";
import type { ClientSession } from "../client-session.ts";
import type { CommandCall } from "../command-call.ts";
import { defineSessionCommand, LOCAL_ONLY } from "../define-command.ts";
import { REDIS_VERSION } from "../redis-version.ts";
import {
  BAD_CLIENT_NAME,
  HELLO_NEEDS_AUTH,
  helloOption,
  NO_PASSWORD_CONFIGURED,
  NO_PROTO,
  PROTO_NOT_AN_INTEGER,
  SYNTAX_ERROR,
  WRONG_PASS,
  wrongNumberOfArguments,
} from "../refusals.ts";
import type { ServerState } from "../server-state.ts";
import { Settled } from "../session-reply.ts";
import { databaseWord, integerWord, isWord } from "../words.ts";
import { isCleanName } from "./client-names.ts";

/** What a connection says of itself: who it is, how it speaks, which database it means. */

export const ping = defineSessionCommand({
  name: "PING",
  group: "connection",
  since: "1.0.0",
  arity: -1,
  flags: ["fast"],
  syntax: "[message]",
  summary: "Answers PONG, or the message.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse(args) {
    if (args.length > 1) throw wrongNumberOfArguments("ping");
    return args[0];
  },
  run: ({ session }, message): Reply =>
    // Among messages the answer looks like one.
    session.isSubscriberOnly ? ["pong", message ?? ""] : (message ?? PONG),
});

export const echo = defineSessionCommand({
  name: "ECHO",
  group: "connection",
  since: "1.0.0",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  syntax: "message",
  summary: "Answers the message.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => args[0]!,
  run: (_call, message) => message,
});

export const select = defineSessionCommand({
  name: "SELECT",
  group: "connection",
  since: "1.0.0",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  needsConnection: true,
  syntax: "index",
  summary: "Chooses the database, 0 to 15, of the commands that follow.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: (args) => databaseWord(args[0]!),
  run({ session }, db) {
    session.db = db;
    return OK;
  },
});

interface Credentials {
  readonly user: BinaryString;
  readonly password: BinaryString;
}

function authenticate({ session, server }: CommandCall, { user: name, password }: Credentials, command: string): void {
  const user = server.access.authenticate(name, password);
  if (user === null) {
    const context = session.transaction === null ? "toplevel" : "multi";
    logRefusal(server, session, { reason: "auth", context, object: command, user: name });
    throw WRONG_PASS;
  }
  session.user = user;
  session.authenticated = true;
}

export const auth = defineSessionCommand({
  name: "AUTH",
  group: "connection",
  since: "1.0.0",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  needsConnection: true,
  syntax: "[username] password",
  summary: "Authenticates the connection.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse(args) {
    if (args.length > 2) throw SYNTAX_ERROR;
    return args.length === 2 ? { user: args[0]!, password: args[1]! } : { user: null, password: args[0]! };
  },
  run(call, { user, password }): Reply {
    if (user === null && call.server.access.default.rules.anyPassword) throw NO_PASSWORD_CONFIGURED;
    authenticate(call, { user: user ?? DEFAULT_USER, password }, "AUTH");
    return OK;
  },
});

interface HelloRequest {
  readonly protocol: 2 | 3 | null;
  readonly credentials: Credentials | null;
  readonly name: BinaryString | null;
}

export const hello = defineSessionCommand<HelloRequest>({
  name: "HELLO",
  group: "connection",
  since: "6.0.0",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  needsConnection: true,
  syntax: "[protover [AUTH username password] [SETNAME clientname]]",
  summary: "Chooses RESP2 or RESP3 and answers what the server is.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse(args) {
    if (args.length === 0) return { protocol: null, credentials: null, name: null };
    const protocol = integerWord(args[0]!, PROTO_NOT_AN_INTEGER);
    if (protocol !== 2 && protocol !== 3) throw NO_PROTO;
    let credentials: Credentials | null = null;
    let name: BinaryString | null = null;
    for (let index = 1; index < args.length; index++) {
      const option = args[index]!;
      if (isWord(option, "AUTH") && index + 2 < args.length) {
        credentials = { user: args[index + 1]!, password: args[index + 2]! };
        index += 2;
      } else if (isWord(option, "SETNAME") && index + 1 < args.length) {
        name = args[++index]!;
        if (!isCleanName(name)) throw BAD_CLIENT_NAME;
      } else throw helloOption(option);
    }
    return { protocol, credentials, name };
  },
  run(call, { protocol, credentials, name }): Reply {
    const { session, server } = call;
    if (credentials !== null) authenticate(call, credentials, "HELLO");
    if (!session.authenticated && !server.access.isOpen) throw HELLO_NEEDS_AUTH;
    if (name !== null) session.name = name;
    if (protocol !== null) session.protocol = protocol;
    return new MapReply([
      ["server", "redis"],
      ["version", REDIS_VERSION],
      ["proto", session.protocol],
      ["id", session.id],
      ["mode", "standalone"],
      ["role", "master"],
      ["modules", []],
    ]);
  },
});

export const quit = defineSessionCommand({
  name: "QUIT",
  group: "connection",
  since: "1.0.0",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  needsConnection: true,
  syntax: "",
  summary: "Closes the connection.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run: () => new Settled(OK, 0, true),
});

export const reset = defineSessionCommand({
  name: "RESET",
  group: "connection",
  since: "6.2.0",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  needsConnection: true,
  syntax: "",
  summary:
    "Makes the connection as new: no transaction, no subscriptions, database 0, RESP2, no name, not authenticated.",
  complexity: "O(1)",
  convergence: LOCAL_ONLY,
  parse: () => null,
  run({ session, server }): Reply {
    forget(session, server);
    return new Status("RESET");
  },
});

function forget(session: ClientSession, server: ServerState): void {
  session.transaction = null;
  session.unwatch();
  server.forget(session);
  session.db = 0;
  session.protocol = 2;
  session.name = "";
  session.user = server.access.default;
  session.replyMode = "on";
  session.noEvict = false;
  session.noTouch = false;
  session.authenticated = server.access.isOpen;
}
