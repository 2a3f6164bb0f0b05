/* oxlint-disable no-underscore-dangle -- Node's names */
import { Server, Socket, type OnReadOpts, type SocketConstructorOpts } from "node:net";

/** What libuv asks for at most in one read anyway: a larger buffer would rarely be filled, a smaller one costs more reads. */
const BUFFER_BYTES = 64 * 1024;
/** Views up to this length are made once: 100 bytes each. */
const KEPT_VIEW_BYTES_MAX = 2048;

/** Of Node's internals, what is leant on here: the handle of a connection, and the server that counts it. */
interface Inner {
  _handle?: { readonly useUserBuffer?: unknown } | null;
  _server?: Server | null;
  server?: Server | null;
}
/** `handle` is not documented; Node makes every accepted socket with it. */
interface InnerOptions extends SocketConstructorOpts {
  readonly handle: NonNullable<Inner["_handle"]>;
  readonly onread: OnReadOpts;
}

/**
 * Reads any number of connections into one buffer. What Node does for each read otherwise, 64 KiB allocated and given back, a
 * buffer object, a stream's queue and its events, costs more than a short command; its own way round that, `onread`, is
 * offered to who connects and not to who accepts. So an accepted connection is given to a second socket, which is made with it.
 *
 * The server has to accept with `pauseOnConnect`: what is read before the change would be lost.
 */
export class SharedReads {
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  /** Of the buffer's first bytes, by their number. */
  readonly #views: Buffer[] = [this.#buffer.subarray(0, 0)];

  /**
   * The socket that stands for `accepted` from now on, in every respect but that it has no `data` events: `receive` is called
   * with what came, which is overwritten once it returns. Null: it cannot be done, and `accepted` is as it was.
   */
  take(accepted: Socket, receive: (bytes: Buffer) => void): Socket | null {
    const before = accepted as Socket & Inner;
    const { _handle: handle, _server: server } = before;
    // A TLS socket has a handle that would do, and bytes of its own in front of it.
    const isPlain = Object.getPrototypeOf(accepted) === Socket.prototype;
    if (!isPlain || !handle || typeof handle.useUserBuffer !== "function" || !(server instanceof Server)) return null;
    if (accepted.bytesRead > 0 || accepted.readableFlowing !== false || accepted.destroyed) return null;
    const options: InnerOptions = {
      handle,
      allowHalfOpen: accepted.allowHalfOpen,
      onread: {
        buffer: this.#buffer,
        callback: (length) => {
          receive(this.#view(length));
          return true;
        },
      },
    };
    const socket = new Socket(options);
    const after = socket as Socket & Inner;
    if (after._handle !== handle) return null;
    // Its server counts it until it is closed, and waits for that when it closes.
    after._server = server;
    after.server = server;
    before._handle = null;
    before._server = null;
    before.server = null;
    return socket;
  }

  /** Making one costs 0.1 µs: as much as it takes to read a GET. */
  #view(length: number): Buffer {
    if (length > KEPT_VIEW_BYTES_MAX) return this.#buffer.subarray(0, length);
    for (let next = this.#views.length; next <= length; next++) this.#views.push(this.#buffer.subarray(0, next));
    return this.#views[length]!;
  }
}
