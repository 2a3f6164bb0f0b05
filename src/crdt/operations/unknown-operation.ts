/** An operation of a kind this version does not know: the stream stops and an operator is told; it is never skipped. */
export class UnknownOperationError extends Error {
  override readonly name = "UnknownOperationError";
}
