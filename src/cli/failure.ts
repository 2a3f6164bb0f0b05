import { NodeOptionsError } from "../node/node-options.ts";
import { RouterConfigError } from "../router/router.ts";
import { DirectoryError } from "../storage/directory.ts";
import { LogDamagedError } from "../storage/log-port.ts";
import { SettingError } from "./setting.ts";

/** One line for a person; a stack only for what should not have happened. */
export function describeFailure(error: unknown): string {
  const expected = [SettingError, NodeOptionsError, RouterConfigError, DirectoryError, LogDamagedError];
  if (!(error instanceof Error)) return String(error);
  if (expected.some((kind) => error instanceof kind)) return error.message;
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === "EADDRINUSE") return `${address ?? ""}:${port ?? ""} is taken by another program`;
  if (code === "EACCES" || code === "EADDRNOTAVAIL") return `${address ?? ""}:${port ?? ""} cannot be bound: ${code}`;
  return error.stack ?? error.message;
}
