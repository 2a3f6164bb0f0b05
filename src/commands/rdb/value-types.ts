/** RDB's codes of values: what a payload begins with. Version by version Redis added encodings and kept the old ones readable. */
export const RDB = {
  string: 0,
  list: 1,
  set: 2,
  sortedSetText: 3,
  hash: 4,
  sortedSet: 5,
  module: 7,
  integerSet: 11,
  sortedSetZiplist: 12,
  hashZiplist: 13,
  listOfZiplists: 14,
  streamOfVersion5: 15,
  hashListpack: 16,
  sortedSetListpack: 17,
  listOfListpacks: 18,
  streamOfVersion70: 19,
  setListpack: 20,
  streamOfVersion72: 21,
  hashWithDeadlines: 24,
  hashListpackWithDeadlines: 25,
} as const;

/** The number by which a module's values are known: nine characters of six bits, and ten bits of its version. */
function moduleId(name: string, version: number): bigint {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let id = 0n;
  for (const character of name) id = (id << 6n) | BigInt(ALPHABET.indexOf(character));
  return (id << 10n) | BigInt(version);
}

/** RedisJSON since 2.0: one string, the document's text. */
export const JSON_MODULE_ID = moduleId("ReJSON-RL", 3);
export const MODULE_STRING = 5;
export const MODULE_END = 0;
