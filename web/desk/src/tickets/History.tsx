import { useTranslation } from "react-i18next";
import type { HistoryEntry } from "../api/types";
import { word } from "../i18n";
import { useDateTime } from "../shared/time";

function Facts({ facts }: { facts: HistoryEntry["facts"] }) {
  const named = Object.entries(facts);
  if (named.length === 0) return null;
  return (
    <p className="data" dir="auto">
      {named.map(([name, value]) => `${word("logged", name)}: ${worded(name, value)}`).join(" · ")}
    </p>
  );
}

/** Some values are the server's codes; a person's reason is in his own words. */
function worded(name: string, value: string): string {
  const isCode = (name === "reason" || name === "kind") && /^[a-z_]+$/.test(value);
  return isCode ? word(name, value) : value;
}

/** The audit trail: who did what, when. It can only grow. */
export function History({ entries }: { entries: HistoryEntry[] }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  if (entries.length === 0) return <p className="muted">{t("ticket.noHistory")}</p>;
  return (
    <ol className="history">
      {entries.map((entry) => (
        <li key={`${entry.at}-${entry.action}`}>
          <time className="muted" dateTime={entry.at}>
            {dateTime(entry.at)}
          </time>
          <p>
            <strong>{word("action", entry.action.replace(".", "_"))}</strong> ·{" "}
            {/* A customer has no account, so the log has no name for him. */}
            {entry.actor || t("ticket.customer")}
          </p>
          <Facts facts={entry.facts} />
        </li>
      ))}
    </ol>
  );
}
