import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";
import { zhCN } from "./zh-CN";

export const LANGUAGES = { "zh-CN": "简体中文", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "aftercare:language";

function initial(): Language {
  const wanted = localStorage.getItem(KEY) ?? navigator.language;
  return /^zh\b/i.test(wanted) ? "zh-CN" : "en";
}

export function chooseLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  void i18next.changeLanguage(language);
}

/** What the server calls things (a state, a reason) in the reader's words; unknown ones as they are. */
export const word = (group: string, code: string): string =>
  i18next.t(`${group}.${code}`, { defaultValue: code.replaceAll("_", " ") });

i18next.on("languageChanged", (language) => {
  document.documentElement.lang = language;
});

void i18next.use(initReactI18next).init({
  lng: initial(),
  fallbackLng: "en",
  resources: { en: { translation: en }, "zh-CN": { translation: zhCN } },
  // React escapes already.
  interpolation: { escapeValue: false },
});
