/**
 * Days and times as people read them, in the language of the browser's settings for dates and in its time zone.
 *
 * @module
 */

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const dayOfYear = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });

/** The time of a day, for example `14:05`. @param timeMs Milliseconds since 1970. */
export function timeOfDay(timeMs: number): string {
  return clock.format(timeMs);
}

/** The same where there is little room: without "AM" or "PM". @param timeMs Milliseconds since 1970. */
export function shortTimeOfDay(timeMs: number): string {
  return clock.formatToParts(timeMs).filter(({ type }) => type !== "dayPeriod")
    .map(({ value }) => value).join("").trim();
}

/** The whole moment, for whoever wants to know exactly. @param timeMs Milliseconds since 1970. */
export function momentText(timeMs: number): string {
  return new Date(timeMs).toLocaleString("en");
}

/** The moment as machines read it. @param timeMs Milliseconds since 1970. */
export function machineTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Whether two moments are on the same day here. */
export function isSameDay(oneMs: number, otherMs: number): boolean {
  return dayKey(oneMs) === dayKey(otherMs);
}

/**
 * A day: `Today`, `Yesterday`, `Monday, 3 May`, or with its year.
 *
 * @param timeMs Milliseconds since 1970.
 * @param nowMs Now.
 */
export function dayName(timeMs: number, nowMs: number): string {
  if (dayKey(timeMs) === dayKey(nowMs)) return "Today";
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayKey(timeMs) === dayKey(yesterday.getTime())) return "Yesterday";
  const isThisYear = new Date(timeMs).getFullYear() === new Date(nowMs).getFullYear();
  return (isThisYear ? day : dayOfYear).format(timeMs);
}

function dayKey(timeMs: number): string {
  return new Date(timeMs).toDateString();
}
