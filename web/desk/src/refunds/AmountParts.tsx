import { useTranslation } from "react-i18next";
import type { RefundDetail } from "../api/types";
import { word } from "../i18n";
import { useDateTime } from "../shared/time";

/** The amount as a receipt: each part on its line, the total under a rule. */
export function AmountParts({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  return (
    <dl className="receipt">
      {refund.parts.map((part, index) => (
        // Parts have no ids, and their order never changes.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={index}>
          <dt dir="auto">{part.label || word("part", part.kind)}</dt>
          <dd className="mono">{part.amount.text}</dd>
        </div>
      ))}
      <div className="total">
        <dt>{t("refund.total")}</dt>
        <dd className="mono">{refund.amount.text}</dd>
      </div>
    </dl>
  );
}

/** What the payment provider said, once it was asked. */
export function Payment({ refund }: { refund: RefundDetail }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  if (!refund.provider_status && refund.attempts.length === 0) return null;
  return (
    <section className="section">
      <h2>{t("refund.payment")}</h2>
      {refund.provider_status && <p>{word("status", refund.provider_status)}</p>}
      <ul className="approvals" aria-label={t("refund.attempts")}>
        {refund.attempts.map((attempt) => (
          <li key={attempt.at}>
            {word("status", attempt.outcome)}
            <time className="muted" dateTime={attempt.at}>
              {dateTime(attempt.at)}
            </time>
            {attempt.detail && <p>{attempt.detail}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
