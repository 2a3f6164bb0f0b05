import { ReplyError } from "../resp/reply-error.ts";

/**
 * Every refusal of the command room, in Redis' words where Redis has words for it: clients and their test suites compare
 * these texts. Constants where the text is fixed (an Error is costly to make, and these are thrown on hot paths);
 * functions where it names something.
 */
export const SYNTAX_ERROR = new ReplyError("ERR", "syntax error");
export const NOT_AN_INTEGER = new ReplyError("ERR", "value is not an integer or out of range");
export const NOT_A_FLOAT = new ReplyError("ERR", "value is not a valid float");
export const WRONG_TYPE = new ReplyError("WRONGTYPE", "Operation against a key holding the wrong kind of value");
export const NO_SUCH_KEY = new ReplyError("ERR", "no such key");
export const OUT_OF_RANGE = new ReplyError("ERR", "value is out of range");
export const OFFSET_OUT_OF_RANGE = new ReplyError("ERR", "offset is out of range");
export const STRING_TOO_LONG = new ReplyError("ERR", "string exceeds maximum allowed size (proto-max-bulk-len)");
export const WOULD_OVERFLOW = new ReplyError("ERR", "increment or decrement would overflow");
export const DECREMENT_OVERFLOW = new ReplyError("ERR", "decrement would overflow");
export const WOULD_NOT_BE_FINITE = new ReplyError("ERR", "increment would produce NaN or Infinity");
export const NOT_FINITE = new ReplyError("ERR", "value is NaN or Infinity");
export const HASH_VALUE_NOT_AN_INTEGER = new ReplyError("ERR", "hash value is not an integer");
export const HASH_VALUE_NOT_A_FLOAT = new ReplyError("ERR", "hash value is not a float");
export const INVALID_CURSOR = new ReplyError("ERR", "invalid cursor");
export const SAME_OBJECTS = new ReplyError("ERR", "source and destination objects are the same");
export const DB_OUT_OF_RANGE = new ReplyError("ERR", "DB index is out of range");
export const NX_WITH_OTHERS = new ReplyError("ERR", "NX and XX, GT or LT options at the same time are not compatible");
export const GT_WITH_LT = new ReplyError("ERR", "GT and LT options at the same time are not compatible");
export const LCS_NEEDS_STRINGS = new ReplyError("ERR", "The specified keys must contain string values");
export const LCS_TOO_LARGE = new ReplyError(
  "ERR",
  "Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);
export const LCS_BOTH = new ReplyError("ERR", "If you want both the length and indexes, please just use IDX.");
export const NO_LFU = new ReplyError(
  "ERR",
  "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
);

export const NO_AUTH = new ReplyError("NOAUTH", "Authentication required.");
export const WRONG_PASS = new ReplyError("WRONGPASS", "invalid username-password pair or user is disabled.");
export const NO_PASSWORD_CONFIGURED = new ReplyError(
  "ERR",
  "AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
);
export const HELLO_NEEDS_AUTH = new ReplyError(
  "NOAUTH",
  "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
);
export const NO_PROTO = new ReplyError("NOPROTO", "unsupported protocol version");
export const PROTO_NOT_AN_INTEGER = new ReplyError("ERR", "Protocol version is not an integer or out of range");
export const MAX_CLIENTS = new ReplyError("ERR", "max number of clients reached");
export const diskFull = (disk: {
  readonly freeBytes: number;
  readonly owedBytes: number;
  readonly freeMinBytes: number;
}): ReplyError =>
  new ReplyError(
    "ERR",
    `the disk nears its end, writes are refused. Free: ${disk.freeBytes} bytes, Not yet in the data file: ${disk.owedBytes} bytes, Minimum: ${disk.freeMinBytes} bytes`,
  );
export const logFull = (unheldBytes: number, budgetBytes: number): ReplyError =>
  new ReplyError(
    "NOREPLICAS",
    `the log is full of writes that no majority of regions holds, writes are refused until peers take them. Held here alone: ${unheldBytes} bytes, Budget: ${budgetBytes} bytes`,
  );
/** Its stamps would win over what others write later, and its deadlines end early. Redis' code for "set up wrongly, writes are off". */
export const clockFarAhead = (aheadMs: number, allowedMs: number): ReplyError =>
  new ReplyError(
    "MISCONF",
    `this region's clock is ${Math.round(aheadMs / 1000)} s ahead of the other regions' clocks, writes are refused until it is right: use another region. Allowed: ${allowedMs / 1000} s`,
  );
/** Two processes under one region's name: the older one serves nobody. */
export const SUPERSEDED = new ReplyError(
  "MASTERDOWN",
  "A newer node runs under this region's name: this one serves no more, stop one of the two",
);
/** The region was removed or evicted. */
export const HAS_LEFT = new ReplyError("MASTERDOWN", "This region has left the database: use another one");
/** The region is being removed: it hands over what it has. */
export const LEAVING = new ReplyError(
  "READONLY",
  "This region leaves the database and takes no more writes: use another one",
);
export const LOADING = new ReplyError("LOADING", "Redis is loading the dataset in memory");

export const NESTED_MULTI = new ReplyError("ERR", "MULTI calls can not be nested");
export const EXEC_WITHOUT_MULTI = new ReplyError("ERR", "EXEC without MULTI");
export const DISCARD_WITHOUT_MULTI = new ReplyError("ERR", "DISCARD without MULTI");
export const WATCH_INSIDE_MULTI = new ReplyError("ERR", "WATCH inside MULTI is not allowed");
export const NOT_INSIDE_MULTI = new ReplyError("ERR", "Command not allowed inside a transaction");
export const EXEC_ABORTED = new ReplyError("EXECABORT", "Transaction discarded because of previous errors.");

export const BAD_CLIENT_NAME = new ReplyError(
  "ERR",
  "Client names cannot contain spaces, newlines or special characters.",
);
export const NO_SUCH_CLIENT = new ReplyError("ERR", "No such client");
export const CLIENT_ID_TOO_SMALL = new ReplyError("ERR", "client-id should be greater than 0");
export const BAD_CLIENT_ID = new ReplyError("ERR", "Invalid client ID");
export const BAD_TIMEOUT = new ReplyError("ERR", "timeout is not an integer or out of range");
export const BAD_FLOAT_TIMEOUT = new ReplyError("ERR", "timeout is not a float or out of range");
export const TIMEOUT_OUT_OF_RANGE = new ReplyError("ERR", "timeout is out of range");
export const WAITAOF_NUMLOCAL = new ReplyError("ERR", "value is out of range, must be between 0 and 1");
export const BAD_TOKEN = new ReplyError("ERR", "invalid token: use one that ANTIPODE TOKEN or a REST answer gave");
export const BAD_STALE_POLICY = new ReplyError("ERR", "STALE must be ERROR or SERVE");
export const STALE = new ReplyError("STALE", "this region does not have everything the token names yet");
export const BAD_CLASS = new ReplyError("ERR", "class must be update-wins, delete-wins or delete-final");
export const BAD_LAPSE = new ReplyError("ERR", "LAPSE must be between 1 and 31536000000 milliseconds");
export const BIT_OFFSET = new ReplyError("ERR", "bit offset is not an integer or out of range");
export const BIT_VALUE = new ReplyError("ERR", "bit is not an integer or out of range");
export const BITPOS_VALUE = new ReplyError("ERR", "The bit argument must be 1 or 0.");
export const BITOP_NOT_ONE_KEY = new ReplyError("ERR", "BITOP NOT must be called with a single source key.");
export const BITFIELD_TYPE = new ReplyError(
  "ERR",
  "Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);
export const BITFIELD_OVERFLOW = new ReplyError("ERR", "Invalid OVERFLOW type specified");
export const BITFIELD_READ_ONLY = new ReplyError("ERR", "BITFIELD_RO only supports the GET subcommand");
export const NOT_A_SKETCH = new ReplyError("WRONGTYPE", "Key is not a valid HyperLogLog string value.");
export const DAMAGED_SKETCH = new ReplyError("INVALIDOBJ", "Corrupted HLL object detected");
export const NO_SUCH_SKETCH = new ReplyError("ERR", "The specified key does not exist");

export function unknownSketchWord(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Unknown PFDEBUG subcommand '${word}'`));
}

export const SORT_BY_DENIED = new ReplyError("ERR", "BY option of SORT denied due to insufficient ACL permissions.");
export const SORT_GET_DENIED = new ReplyError("ERR", "GET option of SORT denied due to insufficient ACL permissions.");
export const NEGATIVE_TIMEOUT = new ReplyError("ERR", "timeout is negative");
export const UNBLOCKED = new ReplyError("UNBLOCKED", "client unblocked via CLIENT UNBLOCK");
export const UNBLOCK_MODE = new ReplyError("ERR", "CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
export const PAUSE_MODE = new ReplyError("ERR", "CLIENT PAUSE mode must be WRITE or ALL");
export const NO_CLUSTER = new ReplyError("ERR", "This instance has cluster support disabled");
export const NO_REPLICAOF = new ReplyError(
  "ERR",
  "every region is a master here: regions are joined when they start, with --peer, and none can become a replica",
);
export const FAILOVER_NEEDS_REPLICAS = new ReplyError("ERR", "FAILOVER requires connected replicas.");
export const NO_FAILOVER_IN_PROGRESS = new ReplyError("ERR", "No failover in progress.");
export const NO_MODULES = new ReplyError("ERR", "MODULE command not allowed: modules cannot be loaded here");
export const NO_SHUTDOWN_HERE = new ReplyError(
  "ERR",
  "SHUTDOWN is not offered: stop the region's process with SIGTERM, it drains and writes what is dirty",
);
export const NO_SHUTDOWN_IN_PROGRESS = new ReplyError("ERR", "No shutdown in progress.");
export const NO_CONFIG_FILE = new ReplyError("ERR", "The server is running without a config file");
export const SLOWLOG_COUNT = new ReplyError("ERR", "count should be greater than or equal to -1");
export const NO_SUCH_COMMAND = new ReplyError("ERR", "Invalid command specified");
export const NO_KEY_ARGUMENTS = new ReplyError("ERR", "The command has no key arguments");
export const BAD_ARGUMENT_COUNT = new ReplyError("ERR", "Invalid number of arguments specified for command");
export const BAD_KEY_ARGUMENTS = new ReplyError("ERR", "Invalid arguments specified for command");
export const EMPTY_COMMAND = new ReplyError("ERR", "empty command");

/** The log failed under a write: nobody can know whether it will be found after the recovery. */
export const OUTCOME_UNKNOWN = new ReplyError(
  "UNKNOWN",
  "the region's log failed: the outcome of this command is unknown, read before you retry",
);
/** A bug of ours; the log has the details. */
export const INTERNAL_ERROR = new ReplyError("ERR", "internal error");

export function wrongNumberOfArguments(fullName: string): ReplyError {
  return new ReplyError("ERR", `wrong number of arguments for '${fullName}' command`);
}

const UNKNOWN_NAME_BYTES_MAX = 128;

/** Redis' text: the name and the first arguments, 128 bytes each. */
export function unknownCommand(argv: readonly string[]): ReplyError {
  let shown = "";
  for (let index = 1; index < argv.length && shown.length < UNKNOWN_NAME_BYTES_MAX; index++) {
    shown += `'${argv[index]!.slice(0, UNKNOWN_NAME_BYTES_MAX - shown.length)}' `;
  }
  const name = argv[0]!.slice(0, UNKNOWN_NAME_BYTES_MAX);
  return new ReplyError("ERR", oneLine(`unknown command '${name}', with args beginning with: ${shown}`));
}

export function unknownSubcommand(container: string, word: string): ReplyError {
  const shown = word.slice(0, UNKNOWN_NAME_BYTES_MAX);
  return new ReplyError("ERR", oneLine(`unknown subcommand '${shown}'. Try ${container.toUpperCase()} HELP.`));
}

/** Which key it was, ACL LOG says. */
export const NO_PERMISSION_KEY = new ReplyError("NOPERM", "No permissions to access a key");
export const NO_PERMISSION_CHANNEL = new ReplyError("NOPERM", "No permissions to access a channel");

export function noPermission(user: string, fullName: string): ReplyError {
  return new ReplyError("NOPERM", `User ${user} has no permissions to run the '${fullName}' command`);
}

/** RESP2 cannot tell a message from a reply: a connection that has subscribed is for messages alone. */
export function notWhileSubscribed(fullName: string): ReplyError {
  return new ReplyError(
    "ERR",
    `Can't execute '${fullName}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
  );
}

export const NO_MONITOR = new ReplyError("ERR", "MONITOR isn't allowed for DENY BLOCKING client");

export function tooManySubscriptions(limit: number): ReplyError {
  return new ReplyError("ERR", `max subscriptions of one connection exceeded. Limit: ${limit}`);
}

export function notOverRest(fullName: string): ReplyError {
  return new ReplyError(
    "ERR",
    `Command is not available over REST: '${fullName}' needs a connection of its own, use the RESP port`,
  );
}

const REASONS = {
  command: "no permission to execute the command or subcommand",
  key: "no permission to touch the specified keys",
  channel: "no permission to access one of the channels used as argument to the command",
} as const;

/** A queued command of which its user lost the right before EXEC came. */
export function rightsChanged(reason: keyof typeof REASONS): ReplyError {
  return new ReplyError(
    "NOPERM",
    `ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${REASONS[reason]}`,
  );
}

/** EXEC itself was refused. Redis leaves the code out where it is the general one. */
export function execAbortedBecause({ code, text }: ReplyError): ReplyError {
  const reason = code === "ERR" ? text : `${code} ${text}`;
  return new ReplyError("EXECABORT", `Transaction discarded because of: ${reason}`);
}

export function transactionTooLarge(limitBytes: number, actualBytes: number): ReplyError {
  return new ReplyError(
    "ERR",
    `max transaction size exceeded. Limit: ${limitBytes} bytes, Actual: ${actualBytes} bytes`,
  );
}

export function tooManyWaitedKeys(limit: number): ReplyError {
  return new ReplyError("ERR", `max keys waited for exceeded. Limit: ${limit}`);
}

/** Row R4. */
export function finalKey(untilMs: number): ReplyError {
  const until = new Date(untilMs).toISOString();
  return new ReplyError("FINAL", `the key was deleted for good and cannot be written until ${until}: use a new name`);
}

export const FINAL_COPY = new ReplyError(
  "FINAL",
  "keys of class delete-final cannot be renamed or copied: the copy would outlive a logout",
);

export const BAD_REGION = new ReplyError("ERR", "no other member region has this name");

export function batchTooLarge(limitBytes: number, actualBytes: number): ReplyError {
  return new ReplyError("ERR", `max write size exceeded. Limit: ${limitBytes} bytes, Actual: ${actualBytes} bytes`);
}

export function invalidExpireTime(commandName: string): ReplyError {
  return new ReplyError("ERR", `invalid expire time in '${commandName}' command`);
}

export function unsupportedOption(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Unsupported option ${word}`));
}

export function outOfRange(minimum: string, maximum: string): ReplyError {
  return new ReplyError("ERR", `value is out of range, value must between ${minimum} and ${maximum}`);
}

export function invalidDb(which: "first" | "second"): ReplyError {
  return new ReplyError("ERR", `invalid ${which} DB index`);
}

export function helloOption(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Syntax error in HELLO option '${word}'`));
}

export function unknownClientType(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Unknown client type '${word}'`));
}

export function noSuchUser(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`No such user '${word}'`));
}

export function unrecognizedOption(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Unrecognized option '${word}'`));
}

export function badClientAttribute(attribute: string): ReplyError {
  return new ReplyError("ERR", `${attribute} cannot contain spaces, newlines or special characters.`);
}

export function unknownConfig(word: string): ReplyError {
  return new ReplyError("ERR", oneLine(`Unknown option or number of arguments for CONFIG SET - '${word}'`));
}

export function duplicateConfig(word: string): ReplyError {
  return new ReplyError(
    "ERR",
    oneLine(`CONFIG SET failed (possibly related to argument '${word}') - duplicate parameter`),
  );
}

export function configSetFailed(name: string, reason: string): ReplyError {
  return new ReplyError("ERR", `CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}

export function noLatencySamples(event: string): ReplyError {
  return new ReplyError("ERR", oneLine(`No samples available for event '${event}'`));
}

/** The older text of some containers, for a subcommand they know with words they do not. */
export function tooManyWords(word: string, container: string): ReplyError {
  const text = `unknown subcommand or wrong number of arguments for '${word}'. Try ${container} HELP.`;
  return new ReplyError("ERR", oneLine(text));
}

/** An error reply is one line: what comes from a client may not break it. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]/gu, " ");
}
