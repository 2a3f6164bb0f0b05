/**
 * `antipode/client`: for programs that choose their region by themselves. It imports no client library: the caller hands over what it
 * uses of its own.
 */
export * from "./rest.ts";
export { ioredisConnector } from "./ioredis.ts";
export { openLocalDoor } from "./local-door.ts";
export type { LocalDoor } from "./local-door.ts";
export type { RespCredentials } from "./resp-probe.ts";
export { watchRegions } from "./watch-resp-regions.ts";
