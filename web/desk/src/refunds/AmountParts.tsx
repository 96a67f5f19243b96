import { useTranslation } from "react-i18next";
import type { RefundDetail } from "../api/types";
import { word } from "../i18n";
import { useMoney } from "../shared/money";
import { useDateTime } from "../shared/time";

/** The amount as a receipt: each part on its line, the total under a rule. */
export function AmountParts({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  const money = useMoney();
  return (
    <dl className="receipt">
      {refund.parts.map((part) => (
        <div key={part.kind}>
          <dt>{word("part", part.kind)}</dt>
          <dd className="mono">{money(part.amount)}</dd>
        </div>
      ))}
      <div className="total">
        <dt>{t("refund.total")}</dt>
        <dd className="mono">{money(refund.amount)}</dd>
      </div>
    </dl>
  );
}

/** What became of paying it: every try, with what the provider said. */
export function Payment({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  const money = useMoney();
  if (refund.attempts.length === 0) return null;
  return (
    <section className="section">
      <h2>{t("refund.payment")}</h2>
      <ul className="approvals">
        {refund.attempts.map((attempt) => (
          <li key={`${attempt.transfer_id}-${attempt.number}`}>
            <strong className="mono">{money(attempt.amount)}</strong>{" "}
            {word("attempt", attempt.outcome ?? "under_way")}
            <time className="muted" dateTime={attempt.started_at}>
              {dateTime(attempt.started_at)}
            </time>
            {attempt.detail && <p>{attempt.detail}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
