/** Why a rule of ACL SETUSER was refused, in Redis' words. Thrown while a user is being described, never shown as it is. */
export class RuleFault extends Error {
  override readonly name = "RuleFault";
}

export const UNKNOWN_NAME = new RuleFault("Unknown command or category name in ACL");
export const SYNTAX = new RuleFault("Syntax error");
export const AFTER_ALL_KEYS = new RuleFault(
  "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
);
export const AFTER_ALL_CHANNELS = new RuleFault(
  "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
);
export const NO_SUCH_PASSWORD = new RuleFault("The password you are trying to remove from the user does not exist");
export const BAD_HASH = new RuleFault(
  "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters",
);
export const ARGUMENT_OF_SUBCOMMAND = new RuleFault("Allowing first-arg of a subcommand is not supported");
