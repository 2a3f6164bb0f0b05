/** Limits of the REST door, with their units. */
export interface RestLimits {
  /** Bytes of one request's body. */
  readonly requestBytesMax: number;
  /** Bytes of all bodies being received at one time: beyond, a request is asked to come again (503). */
  readonly receivingBytesMax: number;
  /** Bytes of one value. */
  readonly recordBytesMax: number;
  /** Bytes of one key or command word (the first two arguments). */
  readonly keyBytesMax: number;
  /** Arguments of one command. */
  readonly argumentsMax: number;
  /** Commands of one pipeline or transaction. */
  readonly pipelineCommandsMax: number;
  /** Commands of a pipeline run before other clients have their turn. */
  readonly commandsPerTurnMax: number;
  /** Bytes of a request's head: values travel in paths. */
  readonly headerBytesMax: number;
  /** Open connections; further ones are closed at once. */
  readonly connectionsMax: number;
  /** How long a client may take to send its request. */
  readonly requestTimeoutMs: number;
  /** How long a request waits for what its sync token has seen. */
  readonly syncWaitMs: number;
  /** Bytes the reader of an event stream may leave untaken; beyond it the stream is cut. */
  readonly streamBytesMax: number;
  /** Time between the comments that keep an event stream alive. */
  readonly streamHeartbeatMs: number;
  /** Commands one token may send in a second; 0: any number. */
  readonly commandsPerSecondMax: number;
  /** Commands one token may send in a day; 0: any number. Counted since this process started. */
  readonly commandsPerDayMax: number;
  /** How long the answer to a request with an idempotency key is remembered. */
  readonly idempotencyMs: number;
  /** Bytes of all that is remembered for idempotency keys: beyond, new keys are refused. */
  readonly idempotencyBytesMax: number;
}

export const DEFAULT_REST_LIMITS: RestLimits = {
  requestBytesMax: 64 * 1024 * 1024,
  receivingBytesMax: 512 * 1024 * 1024,
  recordBytesMax: 64 * 1024 * 1024,
  keyBytesMax: 64 * 1024,
  argumentsMax: 1024 * 1024,
  pipelineCommandsMax: 100_000,
  commandsPerTurnMax: 1_000,
  headerBytesMax: 256 * 1024,
  connectionsMax: 10_000,
  requestTimeoutMs: 300_000,
  syncWaitMs: 500,
  streamBytesMax: 8 * 1024 * 1024,
  streamHeartbeatMs: 15_000,
  commandsPerSecondMax: 0,
  commandsPerDayMax: 0,
  idempotencyMs: 600_000,
  idempotencyBytesMax: 64 * 1024 * 1024,
};
