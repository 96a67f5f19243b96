/** Clock time in the visitor's zone, like 14:05. */
export const clock = (at: string, locale: string): string =>
  new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(new Date(at));

const dayNumber = (date: Date): number =>
  Math.floor((date.getTime() - date.getTimezoneOffset() * 60_000) / 86_400_000);

export const sameDay = (a: string, b: string): boolean =>
  dayNumber(new Date(a)) === dayNumber(new Date(b));

/** "today", "yesterday", or the date. */
export function day(at: string, locale: string, now = new Date()): string {
  const date = new Date(at);
  const distance = dayNumber(date) - dayNumber(now);
  if (distance === 0 || distance === -1) {
    return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(distance, "day");
  }
  const options: Intl.DateTimeFormatOptions = { month: "long", day: "numeric" };
  if (date.getFullYear() !== now.getFullYear()) options.year = "numeric";
  return new Intl.DateTimeFormat(locale, options).format(date);
}
