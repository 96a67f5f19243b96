import { useEffect, useSyncExternalStore } from "react";

export type ThemeChoice = "system" | "light" | "dark";

const KEY = "aftercare:theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
};

const choice = (): ThemeChoice => {
  const saved = localStorage.getItem(KEY);
  return saved === "light" || saved === "dark" ? saved : "system";
};

export function chooseTheme(next: ThemeChoice): void {
  localStorage.setItem(KEY, next);
  for (const listener of listeners) listener();
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, choice);

const still = matchMedia("(prefers-reduced-motion: reduce)");

const subscribeToMotion = (listener: () => void) => {
  still.addEventListener("change", listener);
  return () => still.removeEventListener("change", listener);
};

/** Whether things may move: not for people who asked their system for stillness. */
export const useMotion = (): boolean =>
  useSyncExternalStore(subscribeToMotion, () => !still.matches);

/** Whether it is dark now; also tells the style sheets. */
export function useDark(): boolean {
  const isDark = useSyncExternalStore(subscribe, () =>
    choice() === "system" ? dark.matches : choice() === "dark",
  );
  useEffect(() => {
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  }, [isDark]);
  return isDark;
}
