/** Limits of the REST door, with their units. */
export interface RestLimits {
  /** Bytes of one request's body. */
  readonly requestBytesMax: number;
  /** Bytes of one value. */
  readonly recordBytesMax: number;
  /** Bytes of one key or command word (the first two arguments). */
  readonly keyBytesMax: number;
  /** Commands of one pipeline or transaction. */
  readonly pipelineCommandsMax: number;
  /** Bytes of a request's head: values travel in paths. */
  readonly headerBytesMax: number;
  /** How long a request waits for what its sync token has seen. */
  readonly syncWaitMs: number;
}

export const DEFAULT_REST_LIMITS: RestLimits = {
  requestBytesMax: 64 * 1024 * 1024,
  recordBytesMax: 64 * 1024 * 1024,
  keyBytesMax: 64 * 1024,
  pipelineCommandsMax: 100_000,
  headerBytesMax: 256 * 1024,
  syncWaitMs: 500,
};
