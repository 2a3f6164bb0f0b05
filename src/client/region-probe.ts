import type { ClientRegion } from "./region-list.ts";

/** What a look at a region brought. */
export type ProbeOutcome =
  | {
      readonly kind: "answered";
      readonly roundTripMs: number;
      /** Why it should not be used though it answers: syncing, draining …; null where it is fit. */
      readonly notReady: string | null;
      /** Names all that was to be seen there; null where the probe does not bring one. */
      readonly token: string | null;
    }
  | { readonly kind: "failed"; readonly reason: string };

/** How regions are looked at: over the protocol that the program itself uses. Nothing here rejects. */
export interface RegionProbe {
  /** Whether the region can be reached by this protocol at all. */
  reaches(region: ClientRegion): boolean;
  look(region: ClientRegion, timeoutMs: number): Promise<ProbeOutcome>;
  /** Whether the region has all that the token names, within the time. */
  catchUp(region: ClientRegion, token: string, timeoutMs: number): Promise<boolean>;
  /** The region is not looked at any more. */
  forget(name: string): void;
  close(): void;
}
