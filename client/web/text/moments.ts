/**
 * Days and times as people read them, in the language of the browser's settings for dates and in its time zone.
 *
 * @module
 */

/** Makes something when it is wanted first: the first formatter takes longer than all else that a page does at its beginning. */
function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

const clock = lazily(() =>
  new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
);
const moment = lazily(() =>
  new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "medium" })
);
/** The time of a day, for example `14:05`. Takes milliseconds since 1970. */
export const timeOfDay = eachMinute((timeMs) => clock().format(timeMs));

/** The same where there is little room: without "AM" or "PM". Takes milliseconds since 1970. */
export const shortTimeOfDay = eachMinute((timeMs) =>
  clock().formatToParts(timeMs).filter(({ type }) => type !== "dayPeriod")
    .map(({ value }) => value).join("").trim()
);

/** Keeps the last answer: most of what is drawn at once was said within a minute. */
function eachMinute(text: (timeMs: number) => string): (timeMs: number) => string {
  let known = { minute: NaN, text: "" };
  return (timeMs) => {
    const minute = Math.floor(timeMs / 60_000);
    if (minute !== known.minute) known = { minute, text: text(timeMs) };
    return known.text;
  };
}

/** The whole moment, for whoever wants to know exactly. @param timeMs Milliseconds since 1970. */
export function momentText(timeMs: number): string {
  return moment().format(timeMs);
}

/** The moment as machines read it. @param timeMs Milliseconds since 1970. */
export function machineTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** Whether two moments are on the same day here. */
export function isSameDay(oneMs: number, otherMs: number): boolean {
  return dayStart(oneMs) === dayStart(otherMs);
}

/**
 * A day: `Today`, `Yesterday`, `Monday, 3 May`, or with its year.
 *
 * @param timeMs Milliseconds since 1970.
 * @param nowMs Now.
 */
export function dayName(timeMs: number, nowMs: number): string {
  if (isSameDay(timeMs, nowMs)) return "Today";
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  if (isSameDay(timeMs, yesterday.getTime())) return "Yesterday";
  const isThisYear = new Date(timeMs).getFullYear() === new Date(nowMs).getFullYear();
  return new Date(timeMs).toLocaleDateString("en", {
    day: "numeric",
    month: "long",
    ...(isThisYear ? { weekday: "long" } : { year: "numeric" }),
  });
}

/** The day that was asked for last, from its beginning to its end: mostly the same is asked for again. */
let known = { beganMs: 0, endsMs: 0 };

/** When the day of a moment began here. */
function dayStart(timeMs: number): number {
  if (timeMs < known.beganMs || timeMs >= known.endsMs) {
    const day = new Date(timeMs);
    known = { beganMs: day.setHours(0, 0, 0, 0), endsMs: day.setDate(day.getDate() + 1) };
  }
  return known.beganMs;
}
