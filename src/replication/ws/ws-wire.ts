import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { Pace } from "../pace.ts";
import type { Wire } from "../link.ts";

/** A WebSocket as a link's wire; `stream` is the TCP connection under it, `bytesPerSecond` 0 no cap. */
export function wireOf(socket: WebSocket, stream: Socket, bytesPerSecond: number, now: () => number): Wire {
  const pace = bytesPerSecond === 0 ? null : new Pace(bytesPerSecond, now());
  return {
    mayBulk: () => pace?.hasRoom(now()) ?? true,
    receivedBytes: () => stream.bytesRead,
    send: (frame) => {
      pace?.spend(frame.length);
      if (socket.readyState === socket.OPEN) socket.send(frame, { binary: true });
    },
    bufferedBytes: () => socket.bufferedAmount,
    close: () => {
      socket.close(1000);
      // A peer that does not answer the closing handshake must not keep the socket.
      setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
    },
  };
}

const CLOSE_TIMEOUT_MS = 1_000;

/** A message as one Buffer, whatever `ws` made of it; null for text, which no peer of ours sends. */
export function bufferOf(message: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): Buffer | null {
  if (!isBinary) return null;
  if (Buffer.isBuffer(message)) return message;
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message);
}
