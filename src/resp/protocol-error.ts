/**
 * The other side does not speak the protocol. From a request, the message is what Redis says after "Protocol error: "; the
 * bytes behind it mean nothing any more, so the connection ends.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
