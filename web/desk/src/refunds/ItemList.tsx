import { useTranslation } from "react-i18next";
import type { TicketItem } from "../api/types";
import { useMoney } from "../shared/money";

/** What a ticket is about, in the reader's language where the shop has a title in it. */
export function ItemList({ items }: { items: TicketItem[] }) {
  const { i18n } = useTranslation();
  const money = useMoney();
  return (
    <ul className="item-list">
      {items.map((item, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be of one article
        <li key={line}>
          <span dir="auto">{item.titles[i18n.language] ?? item.title}</span>
          <span className="mono muted">× {item.quantity}</span>
          <span className="mono">{item.amount && money(item.amount)}</span>
        </li>
      ))}
    </ul>
  );
}
