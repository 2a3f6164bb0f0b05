import { fileURLToPath } from "node:url";

/** Where the project stands when this is run from `dist/`: optional programs built by its scripts are found below it. */
export function projectDirectory(): string {
  return fileURLToPath(new URL("../../..", import.meta.url));
}
