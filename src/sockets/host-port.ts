/** `host:port` as Redis shows addresses: IPv6 in brackets. */
export function hostPort(host = "?", port = 0): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
