/**
 * Documents this process has begun to write to, or made as copies. Their operations are named by it, so that a document made
 * anew under an old key shares no names with what another region may still hold of the old one. Of the process, because an
 * origin is one process.
 */
let epochs = 0;

export function nextEpoch(): number {
  return ++epochs;
}
