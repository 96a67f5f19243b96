import { useTranslation } from "react-i18next";
import type { Money } from "../api/types";

/** An amount as the reader's language writes it; the currency says how many minor digits it has. */
export function formatMoney({ minor, currency }: Omit<Money, "text">, language: string): string {
  const format = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

export function useMoney(): (money: Omit<Money, "text">) => string {
  const { i18n } = useTranslation();
  return (money) => formatMoney(money, i18n.language);
}
