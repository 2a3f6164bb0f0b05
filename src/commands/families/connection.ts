import { client } from "./client-commands.ts";
import { auth, echo, hello, ping, quit, reset, select } from "./connection-commands.ts";

export const CONNECTION_COMMANDS = [ping, echo, auth, hello, select, quit, reset, client];
