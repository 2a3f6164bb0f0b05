/** What went through the door since it was opened. */
export interface RespTraffic {
  bytesReceived: number;
  bytesSent: number;
  /** Connections ended for what they sent: not the protocol, or HTTP. */
  protocolErrors: number;
  crossProtocolCuts: number;
  /** Connections ended for what they did not take. */
  outputLimitCuts: number;
  idleCuts: number;
}

export function noTraffic(): RespTraffic {
  return {
    bytesReceived: 0,
    bytesSent: 0,
    protocolErrors: 0,
    crossProtocolCuts: 0,
    outputLimitCuts: 0,
    idleCuts: 0,
  };
}
