import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, SetReply, VerbatimReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import {
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type CommandFlag,
  type SessionDefinition,
} from "../define-command.ts";
import {
  BAD_CLIENT_NAME,
  BAD_TIMEOUT,
  badClientAttribute,
  NEGATIVE_TIMEOUT,
  NO_CACHING,
  NO_SUCH_CLIENT,
  NO_TRACKING,
  PAUSE_MODE,
  SYNTAX_ERROR,
  UNBLOCK_MODE,
  unrecognizedOption,
} from "../refusals.ts";
import { Settled } from "../session-reply.ts";
import { clampedIntegerWord, integerWord, isWord } from "../words.ts";
import { killRequest, listFilter } from "./client-filter.ts";
import { clientLine } from "./client-line.ts";
import { isCleanName } from "./client-names.ts";
import { defineHelp } from "./help-reply.ts";

/** CLIENT: the connections of this node, and this one. */

const OWN: readonly CommandFlag[] = ["noscript", "loading", "stale"];
const OTHERS: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "flags" | "syntax" | "summary" | "parse" | "run"
>;

function defineClient<Request>(shape: Shape<Request>) {
  return defineSessionCommand<Request>({
    ...shape,
    name: `CLIENT ${shape.name}`,
    group: "connection",
    complexity: shape.flags === OTHERS ? "O(N) in the number of connections" : "O(1)",
    convergence: LOCAL_ONLY,
    needsConnection: shape.flags === OWN,
  });
}

/** ON or OFF. */
function onOff(word: BinaryString | undefined): boolean {
  if (!isWord(word, "ON") && !isWord(word, "OFF")) throw SYNTAX_ERROR;
  return isWord(word, "ON");
}

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
  run: ({ session, server }) => new VerbatimReply("txt", `${clientLine(session, server.clock.wallMs())}\n`),
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
    const nowMs = server.clock.wallMs();
    let lines = "";
    for (const session of server.clients.all()) if (filter(session)) lines += `${clientLine(session, nowMs)}\n`;
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
  run({ session: own, server }: CommandCall, { filter, skipMe, single }): Reply | Settled {
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

const tracking = defineClient({
  name: "TRACKING",
  since: "6.0.0",
  arity: -3,
  flags: OWN,
  syntax: "ON | OFF",
  summary: "OFF is answered with OK; ON is refused: client-side caching is not supported.",
  parse: (args) => onOff(args[0]),
  run(_call, on): Reply {
    if (on) throw NO_TRACKING;
    return OK;
  },
});

const trackinginfo = defineClient({
  name: "TRACKINGINFO",
  since: "6.2.0",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers that tracking is off.",
  parse: () => null,
  run: (): Reply =>
    new MapReply([
      ["flags", new SetReply(["off"])],
      ["redirect", -1],
      ["prefixes", []],
    ]),
});

const getredir = defineClient({
  name: "GETREDIR",
  since: "6.0.0",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers -1: tracking is off.",
  parse: () => null,
  run: () => -1,
});

const caching = defineClient({
  name: "CACHING",
  since: "6.0.0",
  arity: 3,
  flags: OWN,
  syntax: "YES | NO",
  summary: "Refused: tracking is off.",
  parse: () => null,
  run(): Reply {
    throw NO_CACHING;
  },
});

const pause = defineClient({
  name: "PAUSE",
  since: "3.0.0",
  arity: -3,
  flags: OTHERS,
  syntax: "timeout-ms [WRITE | ALL]",
  summary: "Holds commands back for a time: all of them, or those that write.",
  parse(args) {
    const timeoutMs = clampedIntegerWord(args[0]!, BAD_TIMEOUT);
    if (timeoutMs < 0) throw NEGATIVE_TIMEOUT;
    if (args.length > 2) throw SYNTAX_ERROR;
    const mode = args[1] === undefined || isWord(args[1], "ALL") ? "all" : isWord(args[1], "WRITE") ? "write" : null;
    if (mode === null) throw PAUSE_MODE;
    return { timeoutMs, mode } as const;
  },
  run({ server }, { timeoutMs, mode }): Reply {
    server.pause.begin(timeoutMs, mode);
    return OK;
  },
});

const unpause = defineClient({
  name: "UNPAUSE",
  since: "6.2.0",
  arity: 2,
  flags: OTHERS,
  syntax: "",
  summary: "Ends CLIENT PAUSE.",
  parse: () => null,
  run({ server }): Reply {
    server.pause.end();
    return OK;
  },
});

const unblock = defineClient({
  name: "UNBLOCK",
  since: "5.0.0",
  arity: -3,
  flags: OTHERS,
  syntax: "client-id [TIMEOUT | ERROR]",
  summary: "Answers 0: no command waits in a way that can be ended.",
  parse(args) {
    if (args.length > 2) throw SYNTAX_ERROR;
    const mode = args[1];
    if (mode !== undefined && !isWord(mode, "TIMEOUT") && !isWord(mode, "ERROR")) throw UNBLOCK_MODE;
    return integerWord(args[0]!);
  },
  run: () => 0,
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
  tracking,
  trackinginfo,
  getredir,
  caching,
  pause,
  unpause,
  unblock,
];

export const client = defineContainer({
  name: "CLIENT",
  group: "connection",
  since: "2.4.0",
  summary: "Connections: this one and the others.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("CLIENT", "connection", "5.0.0", SUBCOMMANDS)],
});
