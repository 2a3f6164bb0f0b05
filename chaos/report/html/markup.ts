/** Text as it stands in a page. Everything that comes from a record goes through here. */
export function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** `12.3 s` since the run began. */
export function seconds(atMs: number): string {
  return `${(atMs / 1000).toFixed(1)} s`;
}

/** Three digits are enough for a coordinate. */
export function coordinate(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
