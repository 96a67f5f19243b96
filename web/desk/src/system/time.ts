import { useTranslation } from "react-i18next";
import { elapsed, useNow } from "../shared/time";

/** How long ago something was, as "5 min ago"; how long it has lasted, as "5 min". */
export function useElapsed() {
  const { t } = useTranslation();
  const now = useNow();
  const lasted = (at: string): string => {
    const { key, count } = elapsed(at, now);
    return t(key, { count });
  };
  const ago = (at: string): string =>
    elapsed(at, now).key === "time.now"
      ? t("system.justNow")
      : t("system.ago", { time: lasted(at) });
  const seconds = (given: number): string =>
    given < 60 ? `${Math.round(given)} s` : lasted(new Date(now - given * 1000).toISOString());
  return { ago, lasted, seconds };
}
