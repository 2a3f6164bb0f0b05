import { OK, VerbatimReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import { defineContainer } from "../define-command.ts";
import {
  BAD_CLIENT_NAME,
  badClientAttribute,
  NO_SUCH_CLIENT,
  noSuchUser,
  SYNTAX_ERROR,
  unrecognizedOption,
} from "../refusals.ts";
import { Settled } from "../session-reply.ts";
import { killRequest, listFilter } from "./client-filter.ts";
import { clientLine } from "./client-line.ts";
import { isCleanName } from "./client-names.ts";
import { CLIENT_TRAFFIC_COMMANDS } from "./client-traffic-commands.ts";
import { defineClient, onOff, OTHERS, OWN } from "./define-client-command.ts";
import { defineHelp } from "./help-reply.ts";
import { TRACKING_COMMANDS } from "./tracking-commands.ts";

/** CLIENT: the connections of this node, and this one. */

const id = defineClient({
  name: "ID",
  since: "5.0.0",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers the number of this connection.",
  parse: () => null,
  run: ({ session }) => session.id,
});

const info = defineClient({
  name: "INFO",
  since: "6.2.0",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers what CLIENT LIST says of this connection.",
  parse: () => null,
  run: ({ session, server }) => new VerbatimReply("txt", `${clientLine(session, server.clock)}\n`),
});

const list = defineClient({
  name: "LIST",
  since: "2.4.0",
  arity: -2,
  flags: OTHERS,
  syntax: "[TYPE NORMAL | MASTER | REPLICA | PUBSUB] [ID client-id ...]",
  summary: "Lists the connections of this node.",
  parse: listFilter,
  run({ server }, filter) {
    let lines = "";
    for (const session of server.clients.all()) if (filter(session)) lines += `${clientLine(session, server.clock)}\n`;
    return new VerbatimReply("txt", lines);
  },
});

const kill = defineClient({
  name: "KILL",
  since: "2.4.0",
  arity: -3,
  flags: OTHERS,
  syntax: "ip:port | [ID id] [TYPE type] [USER name] [ADDR ip:port] [LADDR ip:port] [SKIPME yes|no]",
  summary: "Closes connections; answers how many.",
  parse: killRequest,
  run({ session: own, server }: CommandCall, { filter, skipMe, single, user }): Reply | Settled {
    if (user !== null && server.access.find(user) === undefined) throw noSuchUser(user);
    const victims = [...server.clients.all()].filter((one) => filter(one) && !(skipMe && one === own));
    if (single && victims.length === 0) throw NO_SUCH_CLIENT;
    for (const victim of victims) if (victim !== own) victim.kill();
    const reply: Reply = single ? OK : victims.length;
    // One's own connection ends after it has heard the answer.
    return victims.includes(own) ? new Settled(reply, 0, true) : reply;
  },
});

const setname = defineClient({
  name: "SETNAME",
  since: "2.6.9",
  arity: 3,
  flags: OWN,
  syntax: "name",
  summary: "Names this connection.",
  parse(args) {
    if (!isCleanName(args[0]!)) throw BAD_CLIENT_NAME;
    return args[0]!;
  },
  run({ session }, name): Reply {
    session.name = name;
    return OK;
  },
});

const getname = defineClient({
  name: "GETNAME",
  since: "2.6.9",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers the name of this connection, or null.",
  parse: () => null,
  run: ({ session }): Reply => (session.name === "" ? null : session.name),
});

const setinfo = defineClient({
  name: "SETINFO",
  since: "7.2.0",
  arity: 4,
  flags: OWN,
  syntax: "LIB-NAME name | LIB-VER version",
  summary: "Tells which client library this connection uses.",
  parse(args) {
    const [attribute, value] = [args[0]!.toLowerCase(), args[1]!];
    if (attribute !== "lib-name" && attribute !== "lib-ver") throw unrecognizedOption(args[0]!);
    if (!isCleanName(value)) throw badClientAttribute(attribute);
    return { attribute, value };
  },
  run({ session }, { attribute, value }): Reply {
    if (attribute === "lib-name") session.libraryName = value;
    else session.libraryVersion = value;
    return OK;
  },
});

const reply = defineClient({
  name: "REPLY",
  since: "3.2.0",
  arity: 3,
  flags: OWN,
  syntax: "ON | OFF | SKIP",
  summary: "Turns replies to this connection on or off, or skips the next one.",
  parse(args) {
    const word = args[0]!.toUpperCase();
    if (word !== "ON" && word !== "OFF" && word !== "SKIP") throw SYNTAX_ERROR;
    return word;
  },
  run({ session }, mode): Reply {
    if (mode === "ON") session.replyMode = "on";
    else if (mode === "OFF") session.replyMode = "off";
    else if (session.replyMode !== "off") session.replyMode = "skip-next";
    return OK;
  },
});

const noEvict = defineClient({
  name: "NO-EVICT",
  since: "7.0.0",
  arity: 3,
  flags: OTHERS,
  syntax: "ON | OFF",
  summary: "Remembered and shown in CLIENT LIST; connections are not evicted here.",
  parse: (args) => onOff(args[0]),
  run({ session }, on): Reply {
    session.noEvict = on;
    return OK;
  },
});

const noTouch = defineClient({
  name: "NO-TOUCH",
  since: "7.2.0",
  arity: 3,
  flags: OWN,
  syntax: "ON | OFF",
  summary: "Remembered and shown in CLIENT LIST; reads count as uses all the same.",
  parse: (args) => onOff(args[0]),
  run({ session }, on): Reply {
    session.noTouch = on;
    return OK;
  },
});

const SUBCOMMANDS = [
  id,
  info,
  list,
  kill,
  setname,
  getname,
  setinfo,
  reply,
  noEvict,
  noTouch,
  ...TRACKING_COMMANDS,
  ...CLIENT_TRAFFIC_COMMANDS,
];

export const client = defineContainer({
  name: "CLIENT",
  group: "connection",
  since: "2.4.0",
  summary: "Connections: this one and the others.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("CLIENT", "connection", "5.0.0", SUBCOMMANDS)],
});
