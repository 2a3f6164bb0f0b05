/**
 * Which commands may be sent to a second region after the first may have run them. Two rules, stricter than "idempotent":
 * running it twice leaves the same state as once, *and* the second reply is what the first would have been. `DEL` passes the
 * first and fails the second (its count would read 0 where it did delete), as do HSET, SADD, SET NX; a lock taken by SET NX and
 * reported as not taken is the kind of harm meant. What is not listed is not repeated: a new command is safe by default.
 */
const READS = words(`
  GET MGET GETRANGE SUBSTR STRLEN LCS GETBIT BITCOUNT BITPOS BITFIELD_RO
  HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSTRLEN HRANDFIELD HSCAN HTTL HPTTL HEXPIRETIME HPEXPIRETIME
  LRANGE LLEN LINDEX LPOS
  SMEMBERS SISMEMBER SMISMEMBER SCARD SRANDMEMBER SSCAN SINTER SUNION SDIFF SINTERCARD
  ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZSCORE ZMSCORE ZCARD ZCOUNT ZLEXCOUNT ZRANK ZREVRANK
  ZRANDMEMBER ZSCAN ZINTER ZUNION ZDIFF ZINTERCARD
  XRANGE XREVRANGE XLEN XINFO XPENDING
  GEOPOS GEODIST GEOHASH GEOSEARCH GEORADIUS_RO GEORADIUSBYMEMBER_RO PFCOUNT
  JSON.GET JSON.MGET JSON.TYPE JSON.STRLEN JSON.ARRLEN JSON.ARRINDEX JSON.OBJLEN JSON.OBJKEYS JSON.RESP
  EXISTS TYPE TTL PTTL EXPIRETIME PEXPIRETIME KEYS SCAN RANDOMKEY DUMP OBJECT TOUCH SORT_RO
  EVAL_RO EVALSHA_RO FCALL_RO
  PING ECHO TIME DBSIZE INFO COMMAND LASTSAVE
`);

const WRITES = words(`
  MSET SETEX PSETEX SETRANGE HMSET EXPIRE PEXPIRE EXPIREAT PEXPIREAT JSON.SET JSON.MSET JSON.MERGE
`);

/** Options that make an otherwise repeatable write conditional, or make it answer with what was there before. */
const CONDITIONS = words("NX XX GT LT GET IFEQ IFNE FNX FXX");

/** Options of SET that keep it unconditional; anything else among its options is not repeated. */
const PLAIN_SET_OPTIONS = words("EX PX EXAT PXAT KEEPTTL");

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/u));
}

/** Is this command, with these arguments, the same when run twice? Names and options in any case. */
export function isRepeatable(command: readonly string[]): boolean {
  const name = command[0]?.toUpperCase();
  if (name === undefined) return false;
  if (READS.has(name)) return true;
  if (name === "SET")
    return command.slice(3).every((word) => PLAIN_SET_OPTIONS.has(word.toUpperCase()) || /^\d+$/u.test(word));
  return WRITES.has(name) && !command.slice(1).some((word) => CONDITIONS.has(word.toUpperCase()));
}
