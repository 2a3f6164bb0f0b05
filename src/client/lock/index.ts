/** `antipode/lock`: locks with fencing tokens, over all regions. The caller hands over the client library it uses. */
export { Locks, type AcquireOptions, type LockOptions } from "./locks.ts";
export { HeldLock } from "./held-lock.ts";
export { ClientOptionError } from "../callers/client-option-error.ts";
export { LockOptionError } from "./lock-errors.ts";
