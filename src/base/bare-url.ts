const LENGTH_MAX = 300;

/**
 * Whether it is the address of a service and no more: one of these protocols (`https:`), a host, perhaps a port. No password, which
 * everybody would read, and no path.
 */
export function isBareUrl(text: string, protocols: readonly string[]): boolean {
  if (text.length > LENGTH_MAX || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const isBare = username + password + search + hash === "" && (pathname === "" || pathname === "/");
  return protocols.includes(protocol) && hostname !== "" && isBare;
}
