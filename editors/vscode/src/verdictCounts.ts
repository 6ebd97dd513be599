/** What the server says of itself in `pragmatist/status`, and the words for it. No `vscode` here, for the tests' sake. */

export interface Counts {
  parallel: number;
  candidate: number;
  serial: number;
  unknown: number;
  race: number;
}

export interface ServerStatus {
  trusted: boolean;
  /** What the server is doing, in words for the person. */
  busy: string | null;
  /** Loops by verdict, and directives that race, in the files that are open. */
  counts: Counts;
}

const LABELS: readonly [keyof Counts, string, string][] = [
  ["parallel", "loop can run in parallel", "loops can run in parallel"],
  ["candidate", "loop may, nothing has confirmed it", "loops may, nothing has confirmed it"],
  ["serial", "loop must run in order", "loops must run in order"],
  ["unknown", "loop is not understood", "loops are not understood"],
  ["race", "directive races", "directives race"],
];

/** Beside the icon: how many loops could be faster, and how many directives are wrong. */
export function shortCounts(counts: Counts): string {
  const parts = [`${counts.parallel} of ${counts.parallel + counts.candidate + counts.serial + counts.unknown}`];
  if (counts.race > 0) {
    parts.push(`$(warning) ${counts.race}`);
  }
  return parts.join(" ");
}

/** A line for each verdict that occurs. */
export function longCounts(counts: Counts): string[] {
  return LABELS.filter(([key]) => counts[key] > 0).map(
    ([key, one, many]) => `${counts[key]} ${counts[key] === 1 ? one : many}`,
  );
}
