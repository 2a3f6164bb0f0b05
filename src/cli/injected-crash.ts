import { armCrashPoint, CRASH_POINTS } from "../base/crash-points.ts";
import { SettingError } from "./setting.ts";

const VARIABLE = "ANTIPODE_TEST_CRASH_AT";

/** `POINT` or `POINT:N`; with `@SIGUSR2` behind it passings count from that signal on. Throws SettingError. */
export function armFrom(environment: Readonly<Record<string, string | undefined>>): void {
  const text = environment[VARIABLE];
  if (text === undefined || text === "") return;
  const match = /^([a-z-]+)(?::([1-9][0-9]{0,8}))?(@SIGUSR2)?$/u.exec(text);
  const point = CRASH_POINTS.find((one) => one === match?.[1]);
  if (point === undefined) {
    throw new SettingError(
      `${VARIABLE} wants POINT, POINT:N or POINT:N@SIGUSR2 with one of ${CRASH_POINTS.join(", ")}, not "${text}"`,
    );
  }
  const passage = Number(match![2] ?? 1);
  if (match![3] === undefined) armCrashPoint(point, passage);
  else process.once("SIGUSR2", () => armCrashPoint(point, passage));
}
