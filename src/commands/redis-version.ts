/** The Redis whose behaviour, replies and errors this is: what HELLO and INFO tell clients that choose by version. */
export const REDIS_VERSION = "7.2.5";
