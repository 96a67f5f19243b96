import { useEffect, useRef, useSyncExternalStore } from "react";

const KEY = "aftercare:shortcuts";
const listeners = new Set<() => void>();

const isOn = (): boolean => localStorage.getItem(KEY) !== "off";

/** Single keys can be switched off: speech input and shaky hands press them by accident. */
export function setShortcutsOn(on: boolean): void {
  localStorage.setItem(KEY, on ? "on" : "off");
  for (const listener of listeners) listener();
}

export const useShortcutsOn = (): boolean =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, isOn);

const TYPING = "input, textarea, select, [contenteditable], [role=combobox]";

/** Whether a key press is text for somewhere, or a part of it (an input method). */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  return event.isComposing || event.keyCode === 229 || !!target?.closest(TYPING);
}

/** Runs `actions[event.key]` for single keys pressed outside of any field. */
export function useSingleKeys(actions: Record<string, () => void>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isOn() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const action = latest.current[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
