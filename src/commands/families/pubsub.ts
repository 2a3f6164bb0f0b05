import { publish, pubsub, spublish } from "./publish-commands.ts";
import { SUBSCRIBE_COMMANDS } from "./subscribe-commands.ts";

export const PUBSUB_COMMANDS = [publish, spublish, pubsub, ...SUBSCRIBE_COMMANDS];
