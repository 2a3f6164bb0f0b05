import type { RegionName } from "../crdt/origin.ts";
import type { PeerLink } from "./peer-link.ts";
import type { PeerProgress } from "./progress.ts";

/** One peer, for people and metrics. */
export interface PeerStatus extends PeerProgress {
  readonly peer: RegionName;
  /** We are connected to it, and may take batches from it. */
  readonly connected: boolean;
  /** It is connected to us, and may take batches from us. */
  readonly providing: boolean;
  readonly rttMs: number;
  /** The peer its batches are taken from at present. */
  readonly provider: RegionName | null;
  /** Regions whose batches we take from it. */
  readonly subscribedRegions: readonly RegionName[];
  /** Bytes of frames since the present connections began. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly batchesSent: number;
  /** Bytes that its sockets have not taken yet. */
  readonly unsentBytes: number;
  /** Our log no longer has what it lacks. */
  readonly needsSnapshot: boolean;
  /** Why it is not connected; null while it is. */
  readonly lastError: string | null;
}

export interface PeerFacts {
  readonly provider: RegionName | null;
  readonly progress: PeerProgress;
  readonly needsSnapshot: boolean;
  readonly lastError: string | null;
}

export function peerStatus(peer: RegionName, links: readonly PeerLink[], facts: PeerFacts): PeerStatus {
  const dialled = links.find((link) => link.dialled === peer && link.isOpen);
  const accepted = links.find((link) => link.dialled === null && link.isOpen && link.peer?.region === peer);
  return {
    peer,
    connected: dialled !== undefined,
    providing: accepted !== undefined,
    rttMs: dialled?.rttMs ?? 0,
    provider: facts.provider,
    ...facts.progress,
    needsSnapshot: facts.needsSnapshot,
    subscribedRegions: dialled?.subscribedRegions ?? [],
    bytesReceived: (dialled?.bytesReceived ?? 0) + (accepted?.bytesReceived ?? 0),
    bytesSent: accepted?.provider?.bytesSent ?? 0,
    batchesSent: accepted?.provider?.batchesSent ?? 0,
    unsentBytes: (dialled?.wire.bufferedBytes() ?? 0) + (accepted?.wire.bufferedBytes() ?? 0),
    lastError: dialled === undefined ? facts.lastError : null,
  };
}
