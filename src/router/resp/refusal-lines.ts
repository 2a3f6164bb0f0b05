/** What clients of the Redis protocol are told before they are closed: in Redis' own words where it has some, which clients know how to read. */
export const TOO_MANY = "-ERR max number of clients reached\r\n";
export const UNREACHABLE = "-ERR no region could be reached; try again\r\n";

export function pinnedRegionDown(region: string): string {
  return `-ERR region '${region}' is down and the connection is pinned to it\r\n`;
}
