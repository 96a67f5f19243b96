import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/** The current time, again every half minute: "12 min" must not stand still. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** A translation key and number for how long ago `at` was. */
export function elapsed(at: string, now: number): { key: string; count: number } {
  const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
  if (minutes < 1) return { key: "time.now", count: 0 };
  if (minutes < 60) return { key: "time.minutes", count: minutes };
  if (minutes < 48 * 60) return { key: "time.hours", count: Math.floor(minutes / 60) };
  return { key: "time.days", count: Math.floor(minutes / 1440) };
}

/** Date and time in the reader's language and zone. */
export function useDateTime(): (at: string) => string {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  return (at) => format.format(new Date(at));
}
